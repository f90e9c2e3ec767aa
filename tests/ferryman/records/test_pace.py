"""All workers together stay within the rate, and all stand still in a hold."""

import asyncio
import time
from datetime import timedelta

import pytest
from sqlalchemy import text

from ferryman.digital_river.errors import NotNow
from ferryman.records import DatabasePace
from ferryman.records.engine import writing

RATE = 40


@pytest.fixture
async def paces(records, open_records):
    """Give two workers' paces in one database."""
    others = await open_records()
    return [DatabasePace(each.engine, RATE) for each in (records, others)]


async def take(pace, starts):
    """Take a turn, as late as it takes, and note when the call would start."""
    while True:
        try:
            await pace.take()
        except NotNow as refusal:
            await asyncio.sleep(refusal.retry_after.total_seconds())
        else:
            return starts.append(time.monotonic())


def busiest_second(starts):
    """Count the calls in the fullest window of one second."""
    ordered = sorted(starts)
    return max(sum(start <= each < start + 1 for each in ordered) for start in ordered)


async def test_rate(paces):
    """In no second do more calls start than allowed, and not many fewer."""
    starts = []

    await asyncio.gather(*(take(paces[number % 2], starts) for number in range(55)))

    assert busiest_second(starts) <= RATE
    assert max(starts) - min(starts) < 55 / (RATE * 0.6)


async def test_frozen_worker(paces):
    """Calls whose turns have passed while their worker stood still do not leave all at once."""
    starts = []
    calls = [asyncio.create_task(take(paces[number % 2], starts)) for number in range(60)]
    while len(starts) < 10:
        await asyncio.wait([*calls], return_when=asyncio.FIRST_COMPLETED, timeout=0.01)
    time.sleep(0.9)  # noqa: ASYNC251 - both workers freeze, as in a SIGSTOP
    await asyncio.gather(*calls)

    assert busiest_second(starts) <= RATE


async def test_burst(paces):
    """After a rest a few calls may follow each other at once, and only a few."""
    starts, began = [], time.monotonic()

    await asyncio.gather(*(take(paces[number % 2], starts) for number in range(12)))

    first = sorted(starts)
    assert first[11] - began >= 4 * 0.03
    assert first[7] - first[0] < 7 * 0.03


async def test_one_a_second(records):
    """The slowest rate lets calls through one by one."""
    pace, starts = DatabasePace(records.engine, 1), []

    await asyncio.gather(*(take(pace, starts) for _ in range(2)))

    assert max(starts) - min(starts) >= 1


async def test_hold(paces):
    """While one worker's hold lasts, no call of any worker starts; then all go on in pace."""
    starts = []
    calls = [asyncio.create_task(take(paces[number % 2], starts)) for number in range(24)]
    while len(starts) < 12:
        await asyncio.wait([*calls], return_when=asyncio.FIRST_COMPLETED, timeout=0.01)

    ended = time.monotonic() + 0.8
    await paces[0].hold(timedelta(seconds=0.8))
    # The other worker may have looked at the clock just before.
    held = time.monotonic() + 0.05
    await asyncio.gather(*calls)

    assert [start for start in starts if held < start < ended] == []
    assert busiest_second(starts) <= RATE
    assert max(starts) < ended + 40 / (RATE * 0.6)


async def test_own_hold(paces):
    """The worker that is told to hold starts nothing from that moment."""
    starts = []
    calls = [asyncio.create_task(take(paces[0], starts)) for _ in range(20)]
    while not starts:
        await asyncio.wait([*calls], return_when=asyncio.FIRST_COMPLETED, timeout=0.01)

    held = time.monotonic()
    await paces[0].hold(timedelta(seconds=0.5))
    await asyncio.gather(*calls)

    assert [start for start in starts if held <= start < held + 0.5] == []


async def test_hold_passes_by_writers(paces, records):
    """The others are told at once, however many of this worker's writers wait in line."""

    async def write():
        async with writing(records.engine):
            await asyncio.sleep(0.05)

    writers = [asyncio.create_task(write()) for _ in range(8)]
    await asyncio.sleep(0)
    await paces[0].hold(timedelta(seconds=5))
    waiting = [writer for writer in writers if not writer.done()]
    with pytest.raises(NotNow):
        await paces[1].take()
    await asyncio.gather(*writers)

    assert waiting


async def test_short_hold(paces):
    """A hold shorter than a second does not forget what went out just before it."""
    starts = []
    await asyncio.gather(*(take(paces[0], starts) for _ in range(20)))

    await paces[1].hold(timedelta())
    await asyncio.gather(*(take(paces[number % 2], starts) for number in range(25)))

    assert busiest_second(starts) <= RATE


async def test_shorter_hold_later(paces):
    """A shorter hold does not cut a longer one short."""
    ended = time.monotonic() + 1.6
    await paces[0].hold(timedelta(seconds=1.6))
    await paces[1].hold(timedelta(seconds=0.1))

    await paces[1].take()

    assert time.monotonic() >= ended


async def test_restart(records, open_records):
    """A hold outlives the worker that was told of it."""
    await DatabasePace(records.engine, RATE).hold(timedelta(seconds=60))

    async with (await open_records()).engine.connect() as connection:
        left = await connection.scalar(text("SELECT blocked_until FROM pace"))

    assert 50 < left / 1e6 - time.time() <= 60
