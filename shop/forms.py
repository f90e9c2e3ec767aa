"""Reads the shop's forms, and says beside each field what the API had against it."""

from collections.abc import Mapping

from aiohttp import web
from multidict import MultiDictProxy

from .client import Reply
from .trouble import Trouble

Form = MultiDictProxy[str | bytes | bytearray | web.FileField]

FORM = "form"
"""Stands for the form as a whole."""

_CHARSET = "utf-8"
_FIELDS = frozenset({"name", "email", "line1", "postalCode", "city", "state"})
_EMPTY = "Please fill this in."
_WRONG: Mapping[str, str] = {
    "email": "This is no e-mail address.",
    "customer": "A customer number has up to 40 letters, digits, dots, hyphens or underscores.",
    "postalCode": "This is no postal code of that country.",
    "state": "This is no state of that country.",
}


async def posted(request: web.Request) -> Form:
    """Read a form as it was sent; raises Trouble (400) where it is not in UTF-8, as browsers write.

    Other encodings hold what no page could show again.
    """
    if (request.charset or _CHARSET).lower() != _CHARSET:
        raise Trouble(400)
    try:
        return await request.post()
    except ValueError as error:
        raise Trouble(400) from error


async def read_form(request: web.Request) -> dict[str, str]:
    """Read the fields; where one comes twice, the first counts."""
    form: dict[str, str] = {}
    for name, value in (await posted(request)).items():
        if isinstance(value, str):
            form.setdefault(name, value.strip())
    return form


def errors_of(reply: Reply, said: Mapping[str, str]) -> dict[str, str]:
    """Give one sentence for each field that was refused, of the form as a whole where it is none.

    The API's own sentences are safe to show.
    """
    found: dict[str, str] = {}
    for pointer, detail in reply.errors.items():
        field = _field(pointer)
        found.setdefault(field, _sentence(field, detail, said))
    return found or {FORM: reply.detail}


def _field(pointer: str) -> str:
    if pointer.startswith("/customer/id"):
        return "customer"
    last = pointer.rpartition("/")[2]
    return last if last in _FIELDS else FORM


def _sentence(field: str, detail: str, said: Mapping[str, str]) -> str:
    if field == FORM or "card number" in detail:
        return detail
    if not said.get(field):
        return _EMPTY
    return _WRONG.get(field, "This cannot be used; it may have up to 256 characters.")
