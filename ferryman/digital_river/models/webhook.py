"""Where Digital River sends its events."""

from .base import Id, Loose, Many, Wire


class Webhook(Wire):
    """An endpoint; Digital River disables one that fails for days."""

    id: Id
    address: Loose[str] = None
    types: Many[str] = ()
    enabled: bool | None = None
    api_version: Loose[str] = None
