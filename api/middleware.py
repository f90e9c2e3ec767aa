"""What happens around every request: its id, its key, its problems, its line in the log."""

import asyncio
import re
import uuid
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol
from urllib.parse import unquote

import structlog
from aiohttp import HttpVersion10, web
from aiohttp.typedefs import Middleware

from ferryman.records import RecordsUnavailable
from ferryman.secrecy.cards import holds_card, masked
from ferryman.telemetry.tracing import Tracing

from .authorization import CALLER, Authorization
from .course import course
from .errors import Kind, Problem, from_http, invalid, unavailable
from .limits import Limits
from .routes import Handler, Route

HEADER = "X-Request-Id"
REQUEST_ID = web.RequestKey("request_id", str)
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}

# Longer than any call may take: what hangs beyond this hangs on the database.
_SECONDS = 15.0
_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")

log = structlog.get_logger()


class Pages(Protocol):
    """Pages for people, who are refused in words that are theirs."""

    def covers(self, path: str) -> bool:
        """Tell whether a path is one of theirs."""

    def refuse(self, status: int, kept: Mapping[str, str], request_id: str) -> web.Response:
        """Say what is wrong; `kept` are headers that belong to the status."""


class Boundary:
    """The one middleware; where something goes wrong only a problem document leaves it, or a page.

    `pages` are refused as pages.
    """

    def __init__(
        self,
        authorization: Authorization,
        calls: Limits,
        streams: Limits,
        tracing: Tracing | None = None,
        pages: Pages | None = None,
    ) -> None:
        self._authorization = authorization
        self._pages = pages
        self._tracing = tracing
        self._calls = calls
        self._streams = streams
        self.in_flight = 0
        self.draining = False
        self._idle = asyncio.Event()

    def middleware(self) -> Middleware:
        """Make it known to the application in the way that aiohttp asks for."""

        @web.middleware
        async def boundary(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._surround(request, handler)

        return boundary

    async def drained(self) -> None:
        """Wait until no request is being answered."""
        if self.in_flight:
            await self._idle.wait()

    async def _surround(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        request_id = _request_id(request)
        request[REQUEST_ID] = request_id
        self.in_flight += 1
        self._idle.clear()
        try:
            with course(request, request_id, self._tracing) as over:
                response = await self._answer(request, handler)
                over(response)
            if self.draining:
                response.force_close()
        finally:
            self.in_flight -= 1
            if not self.in_flight:
                self._idle.set()
        return response

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await self._handle(request, handler)
        except Problem as problem:
            if self._pages is not None and self._pages.covers(request.path):
                return self._pages.refuse(problem.code, problem.headers, request[REQUEST_ID])
            return problem.response(masked(request.path), request[REQUEST_ID])

    async def _handle(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            rule = self._authorization.check(request)
            _refuse_antiques(request)
            _refuse_cards(request)
            async with asyncio.timeout(None if rule and rule.endless else _SECONDS):
                with self._room(request, rule):
                    return await handler(request)
        except Problem:
            raise
        except web.HTTPException as error:
            raise from_http(error) from error
        except (RecordsUnavailable, TimeoutError) as error:
            log.warning("database_away", cause=type(error).__name__)
            raise unavailable("The database is away; repeat the call.") from error
        # The edge of the process: whatever was not foreseen is ours, and its stack stays here.
        except Exception as error:
            log.exception("unforeseen")
            raise Problem(Kind.INTERNAL, "The request id leads to the cause.") from error

    def _room(self, request: web.Request, rule: Route | None) -> AbstractContextManager[None]:
        """Room for whoever has shown a key; what is signed has none to be counted by."""
        caller = request.get(CALLER)
        if caller is None:
            return nullcontext()
        limits = self._streams if rule and rule.endless else self._calls
        return limits.room_for(caller.name)


async def dress(request: web.Request, response: web.StreamResponse) -> None:
    """Give every answer its headers, and tell nobody which server this is."""
    response.headers[HEADER] = request.get(REQUEST_ID) or _request_id(request)
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.popall("Server", None)


def _refuse_antiques(request: web.Request) -> None:
    # Without a version there are no headers: proxies and we could read two requests as one.
    if request.version < HttpVersion10:
        detail = "The request is not well-formed HTTP."
        raise Problem(Kind.INVALID_REQUEST, detail, closing=True)


def _refuse_cards(request: web.Request) -> None:
    """Where bodies are not meant: the address and the key under which a request is remembered."""
    said = unquote(request.path_qs), *request.headers.getall("Idempotency-Key", [])
    if any(holds_card(each, given=True) for each in said):
        raise invalid(("", "the address or the key looks like a card number"))


def _request_id(request: web.Request) -> str:
    given = request.headers.get(HEADER, "")
    sound = _ID.fullmatch(given) and not holds_card(given, given=True)
    return given if sound else uuid.uuid4().hex
