"""Connections that do not wait for ever, and refuse broken HTTP in the API's own words."""

import asyncio
import socket
import uuid
from contextlib import suppress

from aiohttp import web

from .errors import Kind, Problem
from .middleware import HEADER, SECURITY_HEADERS

_FOR_HEADERS = 5.0
_LINGERING = 1.0
_KEEP_ALIVE = 75.0
_AFTER_DRAINING = 0.5
# A caller beyond these knocks again after a second, half of what an event may take.
_BACKLOG = 1024


class Connection(web.RequestHandler):
    """One client's connection."""

    __slots__ = ("_watch",)
    _watch: asyncio.TimerHandle | None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Give the first request's headers a time to be whole in."""
        super().connection_made(transport)
        self._watch = self._begin_watch()

    def data_received(self, data: bytes) -> None:
        """Give the headers of every later request the same time, from their first byte on."""
        before = self._request_count
        super().data_received(data)
        if self._request_count > before:
            self._end_watch()
        elif self._watch is None and self._waiter is not None:
            self._watch = self._begin_watch()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the watch with the connection."""
        self._end_watch()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is not HTTP at all: there is no request that the application could see."""
        del message
        if request.writer.output_size:
            raise ConnectionError("an answer is on its way already")
        broken = status < 500  # noqa: PLR2004 - where the server's own failures begin
        if not broken:
            self.log_exception("Unforeseen outside of the application", exc_info=exc)
        kind = Kind.INVALID_REQUEST if broken else Kind.INTERNAL
        detail = "The request is not well-formed HTTP." if broken else "Not foreseen."
        request_id = uuid.uuid4().hex
        problem = Problem(kind, detail, status=status, closing=True)
        response = problem.response("", request_id)
        response.headers.update({HEADER: request_id, **SECURITY_HEADERS})
        # An empty one keeps the library from naming itself and its version.
        response.headers["Server"] = ""
        return response

    def _begin_watch(self) -> asyncio.TimerHandle:
        return asyncio.get_running_loop().call_later(_FOR_HEADERS, self.force_close)

    def _end_watch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None


class _Site(web.TCPSite):
    """Turns nobody away at its end whom the system has let in already."""

    async def stop(self) -> None:
        """Listen no more, and serve those who were waiting at the door."""
        listening = self._server.sockets if isinstance(self._server, asyncio.Server) else ()
        doors = [each.dup() for each in listening]
        await super().stop()
        server = self._runner.server
        for caller in (each for door in doors for each in _let_in(door)):
            if server is not None:
                await asyncio.get_running_loop().connect_accepted_socket(server, caller)


def _let_in(door: socket.socket) -> list[socket.socket]:
    """Let in whoever waits, and close the door behind the last in the same breath."""
    callers: list[socket.socket] = []
    with door, suppress(BlockingIOError):
        door.setblocking(False)  # noqa: FBT003 - the library's own
        while True:
            callers.append(door.accept()[0])
    for caller in callers:
        caller.setblocking(False)  # noqa: FBT003 - the library's own
    return callers


def site(runner: web.AppRunner, host: str, port: int) -> web.TCPSite:
    """Make the place to listen at; a burst of callers waits there instead of being turned away."""
    return _Site(runner, host, port, backlog=_BACKLOG)


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return Connection(self, loop=self._loop, **self._kwargs)


class Runner(web.AppRunner):
    """Serves an application over such connections."""

    def __init__(self, app: web.Application) -> None:
        super().__init__(
            app,
            access_log=None,
            shutdown_timeout=_AFTER_DRAINING,
            lingering_time=_LINGERING,
            keepalive_timeout=_KEEP_ALIVE,
            # A signature is over the bytes that were sent, and small ones can grow without bound.
            auto_decompress=False,
        )

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        # The library has no other way to choose the class of its connections.
        return _Server(
            made.request_handler,
            request_factory=made.request_factory,
            handler_cancellation=made.handler_cancellation,
            **made._kwargs,  # noqa: SLF001 - see above
        )
