"""Reading what a client sends: whole, in time, within bounds, and plain JSON or nothing."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TypeVar

import aiohttp
from aiohttp import http_exceptions, web
from pydantic import BaseModel, ValidationError

from ferryman.digital_river import exact_json
from ferryman.secrecy.cards import card_places, under

from .errors import MOST_ERRORS, Kind, Problem, from_validation, invalid

LARGEST = 256 * 1024
_SMALL = 16 * 1024
# Twice what 200 lines need with all of their fields and 20 metadata each. Looking at a value takes
# microseconds, in which nobody else is served.
MOST_VALUES = 17_500
# No list of any call may hold more, and no object has so many names.
_MOST_ENTRIES = 200
# Eight times the longest text of any call.
_LONGEST_TEXT = 4_000
SECONDS = 5.0
_CARD = "looks like a card number, which may go to Digital River's own form alone"

_TORN = (
    http_exceptions.HttpProcessingError,
    web.RequestPayloadError,
    aiohttp.ClientError,
    OSError,
)

Model = TypeVar("Model", bound=BaseModel)


async def read_json(request: web.Request) -> Any:
    """Read the body as JSON with exact numbers; raises the Problem that says what is wrong."""
    check_media(request)
    return await _looked_through(await read_whole(request, SECONDS))


async def read_optional_json(request: web.Request) -> Any:
    """Read a body that may as well be missing: then it is an empty object."""
    if not request.body_exists:
        return {}
    if request.content_type != "application/octet-stream":
        check_media(request)
    body = await read_whole(request, SECONDS)
    return await _looked_through(body) if body else {}


def read_as(model: type[Model], document: Any) -> Model:
    """Validate a document strictly; raises a Problem that points at every error."""
    try:
        return model.model_validate(document, extra="forbid")
    except ValidationError as error:
        raise from_validation(error, document) from error


def check_media(request: web.Request) -> None:
    """Refuse what is not JSON in UTF-8, or is compressed: a small body could grow without bound."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    charset = (request.charset or "utf-8").lower()
    if "Content-Type" not in request.headers or request.content_type != "application/json":
        raise _unsupported("Content-Type has to be application/json.")
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise _unsupported("The body has to be in UTF-8.")
    if encoding not in {"identity", ""}:
        raise _unsupported("The body must not be compressed.")


async def read_whole(
    request: web.Request,
    seconds: float,
    largest: int = LARGEST,
    take: Callable[[int], None] = lambda _: None,
) -> bytes:
    """Read the raw bytes; raises a Problem where they are too many, too late or torn.

    `take` is told of each piece's size before it is kept, and may raise one too.
    """
    if (request.content_length or 0) > largest:
        raise _too_large(largest)
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.content.iter_any():
                if len(body) + len(chunk) > largest:
                    raise _too_large(largest)
                take(len(chunk))
                body += chunk
    except TimeoutError as error:
        detail = f"The body was not whole after {seconds:.0f} s."
        raise Problem(Kind.TIMEOUT, detail, closing=True) from error
    except _TORN as error:
        detail = "The body does not arrive as its headers say."
        raise Problem(Kind.INVALID_REQUEST, detail, closing=True) from error
    return bytes(body)


async def _looked_through(body: bytes) -> Any:
    """Read it beside the event loop where it is large, so that others are answered meanwhile."""
    return _parsed(body) if len(body) <= _SMALL else await asyncio.to_thread(_parsed, body)


def _parsed(body: bytes) -> Any:
    try:
        document = exact_json.decode(body, MOST_VALUES)
    except exact_json.TooManyValues as error:
        raise invalid(("", f"holds more than {MOST_VALUES} values")) from error
    except exact_json.UnholdableValue as error:
        raise invalid((error.pointer, str(error))) from error
    except ValueError as error:
        raise Problem(Kind.INVALID_REQUEST, "The body is not well-formed JSON.") from error
    if excess := next(_excesses(document), None):
        raise invalid(excess)
    if cards := [(place, _CARD) for place in islice(card_places(document), MOST_ERRORS)]:
        raise invalid(*cards)
    return document


def _excesses(document: Any) -> Iterator[tuple[str, str]]:
    """Give the JSON pointers of what is too large to be worth a look inside."""
    rest = [("", document)] if _is_large(document) else []
    while rest:
        pointer, node = rest.pop()
        if isinstance(node, str):
            yield pointer, f"holds more than {_LONGEST_TEXT} characters"
        elif len(node) > _MOST_ENTRIES:
            yield pointer, f"holds more than {_MOST_ENTRIES} entries"
        elif isinstance(node, list):
            rest += [(f"{pointer}/{at}", each) for at, each in enumerate(node) if _is_large(each)]
        elif any(len(name) > _LONGEST_TEXT for name in node):
            yield pointer, f"holds a name of more than {_LONGEST_TEXT} characters"
        else:
            rest += [(under(pointer, name), each) for name, each in node.items() if _is_large(each)]


def _is_large(value: Any) -> bool:
    """Tell what has to be looked into, or is too large itself."""
    return isinstance(value, dict | list) or (isinstance(value, str) and len(value) > _LONGEST_TEXT)


def _unsupported(detail: str) -> Problem:
    return Problem(Kind.UNSUPPORTED_MEDIA_TYPE, detail)


def _too_large(largest: int) -> Problem:
    return Problem(Kind.TOO_LARGE, f"At most {largest} bytes.", closing=True)
