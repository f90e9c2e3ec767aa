"""The timeline's stream as a browser gets it: the API's own, without a key, resumable."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from api.keys import HEALTH, WATCH
from ferryman.records import Records, RecordsUnavailable
from tests.api.raw import connected
from tests.shop.purchase.made import a_purchase, an_entry


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr("api.watch.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("api.stream.LOOK_UP_SECONDS", 0.02)
    monkeypatch.setattr("shop.live._LOOK_UP_SECONDS", 0.02)


class Listener:
    """A browser's EventSource, of bare bytes."""

    def __init__(self, reader):
        self.reader = reader
        self.head = b""
        self.rest = b""

    async def line(self):
        """The next line of the stream; empty bytes where it has ended."""
        while b"\n" not in self.rest:
            size = int(await self.reader.readline(), 16)
            self.rest += (await self.reader.readexactly(size + 2))[:-2]
            if not size:
                return b""
        line, _, self.rest = self.rest.partition(b"\n")
        return line.strip() or b"-"

    async def ids(self, count):
        """The ids of the next events."""
        found = []
        async with asyncio.timeout(10):
            while len(found) < count:
                line = await self.line()
                assert line, "the stream has ended"
                if line.startswith(b"id: "):
                    found.append(line.removeprefix(b"id: ").decode())
        return found

    async def end(self):
        """Wait until the stream is properly over."""
        async with asyncio.timeout(10):
            while await self.line():
                pass


@asynccontextmanager
async def listening(door, purchase_id, *, after=None, last=None):
    """A browser on a purchase's page."""
    query = "" if after is None else f"?after={after}"
    lines = [f"GET /shop/purchases/{purchase_id}/events{query} HTTP/1.1", "Host: 127.0.0.1"]
    if last is not None:
        lines.append(f"Last-Event-ID: {last}")
    async with connected(door) as (reader, writer):
        writer.write("\r\n".join([*lines, "", ""]).encode())
        listener = Listener(reader)
        async with asyncio.timeout(10):
            listener.head = await reader.readuntil(b"\r\n\r\n")
        yield listener


async def nobody_listens(door):
    """Wait until nothing is held for anyone."""
    async with asyncio.timeout(10):
        while door.api.boundary.in_flight or door.api.app[WATCH].waiting:
            await asyncio.sleep(0.01)


async def test_form(door, keep, new_id):
    """It is a stream that no proxy keeps back, and it says when to come again."""
    await keep(a_purchase(new_id), an_entry(1))
    async with listening(door, new_id) as listener:
        first = await listener.line()
        ids = await listener.ids(1)
    head = listener.head.lower()

    assert head.startswith(b"http/1.1 200")
    assert b"content-type: text/event-stream" in head
    assert b"x-accel-buffering: no" in head
    assert (b"retry: 1000", ["1"]) == (first, ids)


async def test_grows(door, keep, new_id):
    """What happens while the page is open comes at once, in order."""
    await keep(a_purchase(new_id), an_entry(1))
    async with listening(door, new_id) as listener:
        before = await listener.ids(1)
        await keep(a_purchase(new_id, version=2), an_entry(2), an_entry(3))
        after = await listener.ids(2)

    assert (["1"], ["2", "3"]) == (before, after)


async def test_page_has_what_it_was_made_with(door, keep, new_id):
    """A page that was made with two entries is told of the third."""
    await keep(a_purchase(new_id), an_entry(1), an_entry(2), an_entry(3))
    async with listening(door, new_id, after=2) as listener:
        told = await listener.ids(1)

    assert ["3"] == told


async def test_browser_that_comes_again(door, keep, new_id):
    """What a browser says that it has goes before what its page once had."""
    await keep(a_purchase(new_id), *(an_entry(number) for number in range(1, 6)))
    async with listening(door, new_id, after=1, last=4) as listener:
        told = await listener.ids(1)

    assert ["5"] == told


@pytest.mark.parametrize("after", ["none", "", "-1", "1e3", "1234567890", "%0D%0Aabc", "%D9%A3"])
async def test_wrong_entry(door, keep, new_id, after):
    """An entry that there cannot be is refused with a page."""
    await keep(a_purchase(new_id), an_entry(1))
    answer = await door.get(f"/shop/purchases/{new_id}/events?after={after}", scope=None)

    assert 400 == answer.status
    assert "text/html" in answer.headers["Content-Type"]


async def test_browser_that_leaves(door, keep, new_id):
    """A closed page frees everything that was held for it, though nothing happens."""
    await keep(a_purchase(new_id), an_entry(1))
    async with listening(door, new_id) as listener:
        await listener.ids(1)

    await nobody_listens(door)


async def test_outlasts_other_calls(door, keep, new_id, monkeypatch):
    """The time that other pages are given is no end for a stream."""
    monkeypatch.setattr("api.middleware._SECONDS", 0.05)
    monkeypatch.setattr("api.stream.HEARTBEAT_SECONDS", 0.04)
    await keep(a_purchase(new_id))
    async with listening(door, new_id) as listener, asyncio.timeout(10):
        beats = [await listener.line() for _ in range(9)]

    assert b": ping" in b" ".join(beats)


async def test_api_that_stops(door, keep, new_id):
    """A process that stops ends the stream properly, so that the browser comes again."""
    await keep(a_purchase(new_id), an_entry(1))
    async with listening(door, new_id) as listener:
        await listener.ids(1)
        door.api.app[HEALTH].draining = True
        try:
            await listener.end()
            await nobody_listens(door)
        finally:
            door.api.app[HEALTH].draining = False


async def test_database_that_goes_away(door, keep, new_id, monkeypatch):
    """The stream ends, and one that begins then is answered with a page that says so."""

    async def away(*_, **__):
        raise RecordsUnavailable("away")

    await keep(a_purchase(new_id), an_entry(1))
    async with listening(door, new_id) as listener:
        await listener.ids(1)
        monkeypatch.setattr(Records, "timeline", away)
        await keep(a_purchase(new_id, version=2), an_entry(2))
        await listener.end()
    answer = await door.get(f"/shop/purchases/{new_id}/events", scope=None)

    assert 503 == answer.status
    assert "text/html" in answer.headers["Content-Type"]


async def test_head(door, keep, new_id):
    """A HEAD has the headers and an end."""
    await keep(a_purchase(new_id), an_entry(1))
    answer = await door.send("HEAD", f"/shop/purchases/{new_id}/events", scope=None)

    assert (200, b"") == (answer.status, answer.body)
    assert "text/event-stream" in answer.headers["Content-Type"]
