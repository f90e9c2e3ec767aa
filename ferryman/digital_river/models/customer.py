"""A registered customer."""

from typing import Any

from .base import Id, Loose, Many, Time, Wire
from .party import Party
from .source import Source
from .taxid import TaxIdentifier


class Customer(Wire):
    """A customer; orders fail while `enabled` is false ("Creating customers")."""

    id: Id
    created_time: Loose[Time] = None
    email: Loose[str] = None
    type: Loose[str] = None
    enabled: bool | None = None
    default_source_id: Loose[Id] = None
    shipping: Loose[Party] = None
    locale: Loose[str] = None
    sources: Loose[Many[Source]] = None
    tax_identifiers: Loose[Many[TaxIdentifier]] = None
    metadata: Loose[dict[str, Any]] = None
