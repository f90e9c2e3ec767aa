"""People and places."""

from .base import Loose, Wire


class Address(Wire):
    """A postal address."""

    line1: Loose[str] = None
    line2: Loose[str] = None
    city: Loose[str] = None
    postal_code: Loose[str] = None
    state: Loose[str] = None
    country: Loose[str] = None


class Party(Wire):
    """Who pays or receives: `billTo`, `shipTo`, a customer's `shipping`, a source's `owner`."""

    name: Loose[str] = None
    first_name: Loose[str] = None
    last_name: Loose[str] = None
    organization: Loose[str] = None
    email: Loose[str] = None
    phone: Loose[str] = None
    address: Loose[Address] = None
