"""A purchase's timeline as server-sent events, which go on where a client left off."""

import asyncio
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import dropwhile

from aiohttp import hdrs, web
from aiohttp_sse import EventSourceResponse, sse_response

from ferryman.purchase.timeline import TimelineEntry
from ferryman.records import RecordsUnavailable
from ferryman.setting_types import Scope

from .errors import Kind, Problem
from .keys import HEALTH, RECORDS, WATCH
from .purchases import purchase_of, shown_to
from .routes import Route

HEADER = "Last-Event-ID"
HEARTBEAT_SECONDS = 15.0
LOOK_UP_SECONDS = 1.0
_SEQUENCE = re.compile(r"[0-9]{1,9}", re.ASCII)
_REMEMBERED = 100


class Told:
    """What one client has been told.

    A step that a crash interrupts may be written again with other last entries: what is not as it
    was told is told anew, under the same ids.
    """

    def __init__(self, last: int) -> None:
        self._last = last
        self._sent: dict[int, TimelineEntry] = {}

    @property
    def settled(self) -> int:
        """The entry up to which nothing is looked at again."""
        return min(self._sent, default=self._last + 1) - 1

    def news(self, entries: Sequence[TimelineEntry]) -> list[TimelineEntry]:
        """Those of the entries after `settled` that the client does not have; noted as told."""
        new = list(dropwhile(lambda each: self._sent.get(each.sequence) == each, entries))
        if new:
            self._last = new[-1].sequence
            known = {**self._sent, **{each.sequence: each for each in new}}
            oldest = self._last - _REMEMBERED
            self._sent = {
                number: each for number, each in known.items() if oldest < number <= self._last
            }
        return new


async def events(request: web.Request) -> web.StreamResponse:
    """Stream the timeline until the client leaves or this process stops."""
    told = Told(_last_told(request))
    purchase = await purchase_of(request)
    async with request.app[WATCH].over(purchase.id) as changed:
        # Before the stream begins a database that is away can still be answered as such.
        first = await request.app[RECORDS].timeline(purchase.id, told.settled)
        if request.method == hdrs.METH_HEAD:
            return web.Response(content_type="text/event-stream")
        async with sse_response(request, ping_interval=HEARTBEAT_SECONDS) as response:
            # A client that is cut off comes back with the last id that it has.
            with suppress(ConnectionError, TimeoutError, RecordsUnavailable):
                # Headers leave with the first bytes only.
                await response.write(b": the timeline follows\r\n\r\n")
                await _send(request, response, told.news(first))
                await _follow(request, response, purchase.id, told, changed)
    return response


async def _follow(
    request: web.Request,
    response: EventSourceResponse,
    purchase_id: str,
    told: Told,
    changed: asyncio.Event,
) -> None:
    health, records = request.app[HEALTH], request.app[RECORDS]
    while not health.draining and _is_there(request, response):
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_UP_SECONDS):
                await changed.wait()
        if changed.is_set():
            changed.clear()
            entries = await records.timeline(purchase_id, told.settled)
            await _send(request, response, told.news(entries))


async def _send(
    request: web.Request, response: EventSourceResponse, entries: Sequence[TimelineEntry]
) -> None:
    for entry in entries:
        await response.send(
            shown_to(request, entry).model_dump_json(by_alias=True),
            id=str(entry.sequence),
            event=entry.kind.value,
        )


def _is_there(request: web.Request, response: EventSourceResponse) -> bool:
    transport = request.transport
    return transport is not None and not transport.is_closing() and response.is_connected()


def _last_told(request: web.Request) -> int:
    """Read which entry the client has; raises a Problem (400) where it names none."""
    said = request.headers.getall(HEADER, ["0"])
    if len(said) > 1 or not _SEQUENCE.fullmatch(said[0] or "0"):
        detail = f"The header {HEADER} has to be the id of an event that came from here."
        raise Problem(Kind.INVALID_REQUEST, detail)
    return int(said[0] or "0")


ROUTES = (
    Route(
        method="GET",
        path="/purchases/{id}/events",
        handler=events,
        access=Scope.READ,
        summary="Follow the timeline as server-sent events; Last-Event-ID goes on after an entry",
        gives={200: None},
        refuses=(400, 404, 503),
        endless=True,
    ),
)
