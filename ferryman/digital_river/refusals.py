"""Reads a refused or lost call into the tree of errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

import aiohttp

from . import exact_json
from .errors import (
    Ambiguous,
    Conflict,
    DigitalRiverError,
    ErrorDetail,
    InvalidRequest,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)

REQUEST_ID = "x-dr-requestid"

_LONGEST_WAIT = timedelta(hours=1)
_UNTOLD_WAIT = timedelta(seconds=1)
_BY_STATUS: Mapping[int, type[DigitalRiverError]] = {
    HTTPStatus.UNAUTHORIZED: Unauthorized,
    HTTPStatus.FORBIDDEN: Unauthorized,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.CONFLICT: Conflict,
    HTTPStatus.TOO_MANY_REQUESTS: TooManyRequests,
}


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP; `body` is None where it was too large to read."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None


def refusal(method: str, answer: Answer) -> DigitalRiverError:
    """Read an answer that is no success.

    The status decides, not the body's `type`, which at times contradicts it or is missing.
    """
    kind, details = _envelope(answer.body or b"")
    return _class(method, answer.status)(
        status=answer.status,
        type=kind,
        errors=details,
        request_id=answer.headers.get(REQUEST_ID),
        retry_after=retry_after(answer.headers.get("Retry-After", ""), datetime.now(UTC)),
        cause="" if details else "refused without a word",
    )


def unreadable(method: str, answer: Answer, cause: str) -> DigitalRiverError:
    """Tell of a success that says nothing to us: what was asked may well have been done."""
    return _unsure(method)(
        status=answer.status, request_id=answer.headers.get(REQUEST_ID), cause=cause
    )


def lost(method: str, error: Exception) -> DigitalRiverError:
    """Tell of a call without an answer; where it could not be sent, nothing can have happened."""
    unsent = isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)
    kind = Unavailable if unsent else _unsure(method)
    return kind(cause=f"{type(error).__name__}: {error}".removesuffix(": "))


def retry_after(value: str, now: datetime) -> timedelta | None:
    """Read a Retry-After in seconds or as a date; None where it is unreadable.

    Whoever is asked to wait for longer than an hour asks again after one: a slip of a header must
    not stop the shop for a day. Inside that hour nobody calls.
    """
    if value.isascii() and value.isdigit():
        wait = timedelta(seconds=min(int(value[:9]), 86_400))
    else:
        try:
            wait = parsedate_to_datetime(value).astimezone(UTC) - now
        except (ValueError, OverflowError):
            return None
    return min(max(wait, timedelta()), _LONGEST_WAIT)


def asked_wait(error: DigitalRiverError) -> timedelta | None:
    """How long everybody is asked to wait; None where nobody is ("Rate limiting")."""
    if isinstance(error, TooManyRequests):
        return error.retry_after or _UNTOLD_WAIT
    return error.retry_after if error.status == HTTPStatus.SERVICE_UNAVAILABLE else None


def is_outage(error: DigitalRiverError) -> bool:
    """True where Digital River did not answer or is broken; any other refusal shows it at work.

    So does 501: what it does not have it will not have a minute later either.
    """
    if error.status is None:
        return True
    broken = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return broken and error.status != HTTPStatus.NOT_IMPLEMENTED


def _class(method: str, status: int) -> type[DigitalRiverError]:
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return _unsure(method) if status == HTTPStatus.REQUEST_TIMEOUT else InvalidRequest
    return _unsure(method)


def _unsure(method: str) -> type[DigitalRiverError]:
    return Unavailable if method == "GET" else Ambiguous


def _envelope(body: bytes) -> tuple[str | None, tuple[ErrorDetail, ...]]:
    try:
        document = exact_json.decode(body)
    except ValueError:
        return None, ()
    if not isinstance(document, dict):
        return None, ()
    entries = document.get("errors")
    listed = entries if isinstance(entries, list) else []
    details = tuple(_detail(each) for each in listed if isinstance(each, dict))
    return _text(document.get("type")), details


def _detail(entry: dict[str, Any]) -> ErrorDetail:
    return ErrorDetail(
        code=_text(entry.get("code")),
        parameter=_text(entry.get("parameter")),
        # An expired authorization's refusal is published with a description for its message.
        message=_text(entry.get("message")) or _text(entry.get("description")),
    )


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
