"""Problem documents: the one shape in which the API says that something is not right (RFC 9457)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic import ValidationError

CONTENT_TYPE = "application/problem+json"

MOST_ERRORS = 100


class Kind(StrEnum):
    """What went wrong; the last part of a problem's `type`."""

    INVALID_REQUEST = "invalid-request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    CONFLICT = "conflict"
    KEY_REUSED = "idempotency-key-reused"
    DECLINED = "declined"
    TOO_LARGE = "too-large"
    UNSUPPORTED_MEDIA_TYPE = "unsupported-media-type"
    TOO_MANY_REQUESTS = "too-many-requests"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    INTERNAL = "internal"


STATUS: Mapping[Kind, HTTPStatus] = {
    Kind.INVALID_REQUEST: HTTPStatus.BAD_REQUEST,
    Kind.UNAUTHORIZED: HTTPStatus.UNAUTHORIZED,
    Kind.FORBIDDEN: HTTPStatus.FORBIDDEN,
    Kind.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Kind.METHOD_NOT_ALLOWED: HTTPStatus.METHOD_NOT_ALLOWED,
    Kind.CONFLICT: HTTPStatus.CONFLICT,
    Kind.KEY_REUSED: HTTPStatus.UNPROCESSABLE_ENTITY,
    Kind.DECLINED: HTTPStatus.CONFLICT,
    Kind.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Kind.UNSUPPORTED_MEDIA_TYPE: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Kind.TOO_MANY_REQUESTS: HTTPStatus.TOO_MANY_REQUESTS,
    Kind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Kind.TIMEOUT: HTTPStatus.REQUEST_TIMEOUT,
    Kind.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_BY_STATUS: Mapping[int, Kind] = {
    STATUS[kind].value: kind for kind in Kind if kind not in {Kind.DECLINED, Kind.KEY_REUSED}
}
_TITLE: Mapping[Kind, str] = {
    Kind.INVALID_REQUEST: "The request is not right",
    Kind.UNAUTHORIZED: "A valid key is needed",
    Kind.FORBIDDEN: "The key may not do this",
    Kind.NOT_FOUND: "There is no such thing",
    Kind.METHOD_NOT_ALLOWED: "The method is not possible here",
    Kind.CONFLICT: "The present state does not allow it",
    Kind.KEY_REUSED: "The idempotency key belongs to another request",
    Kind.DECLINED: "The payment was declined",
    Kind.TOO_LARGE: "The body is too large",
    Kind.UNSUPPORTED_MEDIA_TYPE: "The body has to be plain JSON",
    Kind.TOO_MANY_REQUESTS: "Too many requests at once",
    Kind.UNAVAILABLE: "Not possible just now",
    Kind.TIMEOUT: "The request did not come in time",
    Kind.INTERNAL: "Something went wrong on our side",
}


def urn(kind: Kind) -> str:
    """The problem's `type`."""
    return f"urn:ferryman:problem:{kind}"


@dataclass(eq=False)
class Problem(Exception):
    """Ends a request with a problem document.

    `errors` are pairs of JSON pointer and sentence; `closing` ends the connection too.
    """

    kind: Kind
    detail: str
    status: int | None = None
    errors: Sequence[tuple[str, str]] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    instance: str | None = None
    closing: bool = False

    def document(self, instance: str, request_id: str) -> dict[str, Any]:
        """Give the problem's members; `instance` where it has none of its own."""
        members: dict[str, Any] = {
            "type": urn(self.kind),
            "title": _TITLE[self.kind],
            "status": self.code,
            "detail": self.detail,
            "instance": self.instance or instance,
            "requestId": request_id,
        }
        if self.errors:
            members["errors"] = [
                {"pointer": pointer, "detail": detail} for pointer, detail in self.errors
            ]
        return members

    @property
    def code(self) -> int:
        """The HTTP status."""
        return self.status or STATUS[self.kind].value

    def response(self, instance: str, request_id: str) -> web.Response:
        """Write the problem as an answer."""
        answer = web.Response(
            status=self.code,
            body=json.dumps(self.document(instance, request_id), ensure_ascii=False).encode(),
            content_type=CONTENT_TYPE,
            headers=self.headers,
        )
        if self.closing:
            answer.force_close()
        return answer


def invalid(*errors: tuple[str, str]) -> Problem:
    """Well-formed but wrong: 422 with the place of every error."""
    # Of a choice that fits in no way, the first way's sentence is enough.
    kept = list({error[0]: error for error in reversed(errors)}.values())[::-1][:MOST_ERRORS]
    detail = "; ".join(f"{pointer or '/'}: {text}" for pointer, text in kept[:3])
    status = HTTPStatus.UNPROCESSABLE_ENTITY.value
    return Problem(Kind.INVALID_REQUEST, detail, status=status, errors=kept)


def unavailable(detail: str, seconds: int = 5) -> Problem:
    """Something that we need is away; worth repeating after `seconds`."""
    return Problem(Kind.UNAVAILABLE, detail, headers={"Retry-After": str(seconds)})


def not_found(what: str = "There is nothing here.") -> Problem:
    """Unknown, or not the caller's: the same answer for both."""
    return Problem(Kind.NOT_FOUND, what)


def from_validation(error: ValidationError, document: Any) -> Problem:
    """Point at what was wrong in the document as the client wrote it."""
    found = [
        (each["type"], _pointer(each["loc"], each["type"], document), _sentence(each["msg"]))
        for each in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    # Entries that are wrong are not counted: a list is called too short only for their sake.
    inside = [pointer for _, pointer, _ in found]
    return invalid(
        *(
            (pointer, sentence)
            for kind, pointer, sentence in found
            if kind != "too_short" or not any(each.startswith(f"{pointer}/") for each in inside)
        )
    )


def from_http(error: web.HTTPException) -> Problem:
    """Say in our shape what the HTTP library refused on its own."""
    fallback = (
        Kind.INTERNAL if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR else Kind.INVALID_REQUEST
    )
    kind = _BY_STATUS.get(error.status, fallback)
    headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
    return Problem(kind, HTTPStatus(error.status).description, status=error.status, headers=headers)


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ")


def _pointer(location: Iterable[int | str], kind: str, document: Any) -> str:
    # Places inside a union or a key are pydantic's, not the document's: they end the walk.
    parts: list[str] = []
    node = document
    for part in location:
        present = _is_in(node, part)
        if present or kind == "missing":
            parts.append(str(part).replace("~", "~0").replace("/", "~1"))
        if not present:
            break
        node = node[part]
    return "".join(f"/{part}" for part in parts)


def _is_in(node: Any, part: int | str) -> bool:
    if isinstance(node, dict):
        return part in node
    return isinstance(node, list) and isinstance(part, int) and part < len(node)
