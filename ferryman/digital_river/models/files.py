"""Documents and the links by which a customer may fetch them."""

from .base import Id, Loose, Time, Wire


class File(Wire):
    """A document kept by Digital River; its own `url` needs the confidential key."""

    id: Id
    purpose: Loose[str] = None
    file_name: Loose[str] = None
    url: Loose[str] = None
    created_time: Loose[Time] = None


class FileLink(Wire):
    """An address that anyone may open until `expires_time`."""

    id: Id
    url: str
    file_id: Loose[Id] = None
    expires_time: Loose[Time] = None
    expired: Loose[bool] = None
