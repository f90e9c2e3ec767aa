"""The timeline as a stream: what a client sees is the timeline, whenever it came and went."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from api.keys import HEALTH, WATCH
from ferryman.purchase.purchase import Purchase
from ferryman.purchase.states import State
from ferryman.purchase.timeline import EntryKind, TimelineEntry
from ferryman.records import Records, RecordsUnavailable
from ferryman.setting_types import Scope
from tests.api.door import KEYS, Door
from tests.api.raw import connected
from tests.api.test_process import serving
from tests.running.command import ended
from tests.running.records import records_in

BEGINNING = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
Event = dict[str, str]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.watch.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("api.stream.LOOK_UP_SECONDS", 0.02)


def an_entry(sequence: int, name: str = "tried", **detail: Any) -> TimelineEntry:
    """An entry of a timeline."""
    moment = BEGINNING + timedelta(seconds=sequence)
    return TimelineEntry(
        sequence=sequence, time=moment, kind=EntryKind.STEP, name=name, detail=detail
    )


async def grow(records: Records, purchase_id: str, version: int, *entries: TimelineEntry) -> None:
    """Keep a version with these entries."""
    purchase = Purchase(
        id=purchase_id,
        state=State.CHECKOUT,
        version=version,
        created_time=BEGINNING,
        updated_time=BEGINNING + timedelta(seconds=version),
        items=(),
    )
    await records.save(purchase, entries)


class Listener:
    """A client of bare bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.head = b""

    async def block(self) -> str:
        """The next event or comment, without the chunk around it."""
        size = int(await self.reader.readline(), 16)
        chunk = (await self.reader.readexactly(size + 2))[:-2]
        return chunk.decode()

    async def event(self) -> Event:
        """The next event, with comments passed over."""
        while (block := await self.block()).startswith(":") or not block:
            assert block, "the stream has ended"
        return dict(line.split(": ", 1) for line in block.strip().splitlines())

    async def events(self, count: int) -> list[str]:
        """The ids of the next events."""
        async with asyncio.timeout(10):
            return [(await self.event())["id"] for _ in range(count)]


@asynccontextmanager
async def listening(
    door: Door, purchase_id: str, *, last: str | None = None, scope: Scope = Scope.READ
) -> AsyncIterator[Listener]:
    """A client that listens to a purchase."""
    lines = [
        f"GET /purchases/{purchase_id}/events HTTP/1.1",
        "Host: a",
        f"Authorization: Bearer {KEYS[scope]}",
    ]
    if last is not None:
        lines.append(f"Last-Event-ID: {last}")
    async with connected(door) as (reader, writer):
        writer.write("\r\n".join([*lines, "", ""]).encode())
        listener = Listener(reader, writer)
        async with asyncio.timeout(10):
            listener.head = await reader.readuntil(b"\r\n\r\n")
        yield listener


async def test_form(door: Door, records: Records, new_id: str):
    """Each entry is an event: its number the id, its kind the name, itself the data."""
    entry = an_entry(1, "checkout_built", note="two\nlines, größer")
    await grow(records, new_id, 1, entry)
    async with listening(door, new_id) as listener:
        event = await listener.event()

    headers = listener.head.decode().lower()
    assert headers.startswith("http/1.1 200")
    for header in (
        "content-type: text/event-stream",
        "cache-control: no-cache",
        "x-accel-buffering: no",
        "x-request-id: ",
    ):
        assert f"\r\n{header}" in headers
    assert ("1", "step") == (event["id"], event["event"])
    assert entry == TimelineEntry.model_validate_json(event["data"])
    assert {"sequence", "time", "kind", "name", "detail"} == json.loads(event["data"]).keys()


async def test_grows(door: Door, records: Records, new_id: str):
    """What happens while a client listens comes at once, in order."""
    await grow(records, new_id, 1, an_entry(1))
    async with listening(door, new_id) as listener:
        before = await listener.events(1)
        await grow(records, new_id, 2, an_entry(2), an_entry(3))
        await grow(records, new_id, 3, an_entry(4))
        after = await listener.events(3)

    assert (["1"], ["2", "3", "4"]) == (before, after)


@pytest.mark.parametrize("last", range(6))
async def test_resumed(door: Door, records: Records, new_id: str, last: int):
    """Cut off anywhere and back again, a client has the whole timeline once."""
    await grow(records, new_id, 1, *(an_entry(number) for number in range(1, 6)))
    async with listening(door, new_id) as listener:
        first = await listener.events(last)
    await grow(records, new_id, 2, an_entry(6))
    async with listening(door, new_id, last=first[-1] if first else "") as listener:
        rest = await listener.events(6 - last)

    assert [str(number) for number in range(1, 7)] == first + rest


async def test_rewritten(door: Door, records: Records, new_id: str):
    """Entries that a repeated step writes otherwise come again under their ids."""
    await grow(records, new_id, 1, an_entry(1))
    await grow(records, new_id, 7, an_entry(2), an_entry(3))
    async with listening(door, new_id) as listener:
        before = await listener.events(3)
        await grow(records, new_id, 11, an_entry(2, "other"), an_entry(3))
        again = [await listener.event() for _ in range(2)]
        await grow(records, new_id, 12, an_entry(4))
        after = await listener.events(1)

    assert (["1", "2", "3"], ["4"]) == (before, after)
    assert [("2", "other"), ("3", "tried")] == [
        (each["id"], json.loads(each["data"])["name"]) for each in again
    ]


@pytest.mark.parametrize(
    ("scope", "detail"),
    [
        (Scope.READ, {"message": "Declined."}),
        (Scope.WRITE, {"message": "Declined."}),
        (Scope.OPERATOR, {"message": "Declined.", "code": "failed-request"}),
    ],
)
async def test_codes(
    door: Door, records: Records, new_id: str, scope: Scope, detail: dict[str, str]
):
    """Digital River's codes are for operators alone, here as in the timeline."""
    await grow(records, new_id, 1, an_entry(1, message="Declined.", code="failed-request"))
    async with listening(door, new_id, scope=scope) as listener:
        event = await listener.event()

    assert detail == json.loads(event["data"])["detail"]


async def test_heartbeat(
    door: Door, records: Records, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """While nothing happens the stream says that it is still there."""
    monkeypatch.setattr("api.stream.HEARTBEAT_SECONDS", 0.02)
    await grow(records, new_id, 1)
    async with listening(door, new_id) as listener, asyncio.timeout(10):
        said = [await listener.block() for _ in range(3)]

    assert all(each.startswith(":") for each in said)


async def test_outlasts_other_calls(
    door: Door, records: Records, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """The time that other calls are given is no end for a stream."""
    monkeypatch.setattr("api.middleware._SECONDS", 0.05)
    monkeypatch.setattr("api.stream.HEARTBEAT_SECONDS", 0.04)
    await grow(records, new_id, 1)
    async with listening(door, new_id) as listener, asyncio.timeout(10):
        said = [await listener.block() for _ in range(5)]

    assert all(each.startswith(":") for each in said)


async def test_many_share_one_look(
    door: Door, records: Records, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """Fifty clients of two purchases cost one question a moment, and all of them see what comes."""
    asked: list[int] = []
    real = Records.marks

    async def counted(self: Records, ids: list[str]) -> Any:
        asked.append(len(ids))
        return await real(self, ids)

    monkeypatch.setattr(Records, "marks", counted)
    names = (new_id, f"{new_id}-b")
    for name in names:
        await grow(records, name, 1)

    async def listen(name: str) -> list[str]:
        async with listening(door, name) as listener:
            ready.append(name)
            return await listener.events(1)

    ready: list[str] = []
    listeners = [asyncio.create_task(listen(names[number % 2])) for number in range(50)]
    while len(ready) < 50:
        await asyncio.sleep(0.01)
    asked.clear()
    for name in names:
        await grow(records, name, 2, an_entry(1))

    assert [["1"]] * 50 == await asyncio.gather(*listeners)
    assert max(asked) == 2
    await _nobody_listens(door)


async def test_client_that_goes_away(door: Door, records: Records, new_id: str):
    """A client that leaves without a word frees everything that was held for it."""
    await grow(records, new_id, 1, an_entry(1))
    async with listening(door, new_id) as listener:
        await listener.events(1)

    await _nobody_listens(door)


async def _nobody_listens(door: Door) -> None:
    while door.api.boundary.in_flight or door.api.app[WATCH].waiting:
        await asyncio.sleep(0.01)


async def test_drains(door: Door, records: Records, new_id: str):
    """A process that stops ends its streams properly instead of breaking them off."""
    await grow(records, new_id, 1, an_entry(1))
    async with listening(door, new_id) as listener:
        await listener.events(1)
        door.api.app[HEALTH].draining = True
        try:
            await _nobody_listens(door)
            last = await listener.block()
        finally:
            door.api.app[HEALTH].draining = False

    assert last == ""


async def test_database_goes_away(
    door: Door, records: Records, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """Where the database goes away the stream ends, and nothing else is written into it."""
    await grow(records, new_id, 1, an_entry(1))
    async with listening(door, new_id) as listener:
        await listener.events(1)

        async def away(*_: object, **__: object) -> None:
            raise RecordsUnavailable("away")

        monkeypatch.setattr(Records, "timeline", away)
        await grow(records, new_id, 2, an_entry(2))
        last = await listener.block()

    assert last == ""


@pytest.mark.parametrize("last", ["-1", "one", "1.5", "9" * 30, "%D9%A3"])
async def test_wrong_last_id(door: Door, records: Records, new_id: str, last: str):
    """An id that no event ever had is refused."""
    await grow(records, new_id, 1, an_entry(1))
    reply = await door.send(
        "GET", f"/purchases/{new_id}/events", scope=Scope.READ, headers={"Last-Event-ID": last}
    )

    assert (400, "invalid-request") == (reply.status, reply.problem)


async def test_unknown(door: Door):
    """There is nothing to hear of a purchase that nobody has opened."""
    reply = await door.get("/purchases/nobody/events")

    assert (404, "not-found") == (reply.status, reply.problem)


async def test_without_a_key(door: Door, records: Records, new_id: str):
    """Nobody listens without a key."""
    await grow(records, new_id, 1)
    reply = await door.get(f"/purchases/{new_id}/events", scope=None)

    assert (401, "unauthorized") == (reply.status, reply.problem)


async def test_head(door: Door, records: Records, new_id: str):
    """A HEAD has the headers and an end."""
    await grow(records, new_id, 1, an_entry(1))
    reply = await door.send("HEAD", f"/purchases/{new_id}/events", scope=Scope.READ)

    assert (200, b"") == (reply.status, reply.body)
    assert "text/event-stream" in reply.headers["Content-Type"]


async def test_process_that_stops(tmp_path: Path):
    """At SIGTERM an open stream gets its end, and the process its own, within ten seconds."""
    async with records_in(tmp_path) as records:
        await grow(records, "p-1", 1, an_entry(1))
    async with serving(tmp_path) as (process, url), aiohttp.ClientSession() as session:
        headers = {"Authorization": "Bearer ferryman-development"}
        async with session.get(f"{url}/purchases/p-1/events", headers=headers) as answer:
            await answer.content.readuntil(b"id: 1\r\n")
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(10):
                await answer.content.read()
                over = await ended(process)

    assert (0, "") == (over.code, over.err)
