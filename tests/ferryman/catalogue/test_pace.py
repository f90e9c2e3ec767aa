"""A run without a database keeps the rate by itself."""

import asyncio
import time
from datetime import timedelta

from ferryman.catalogue.pace import OwnPace


async def begins(pace, calls):
    """When each of so many calls at once may begin, in seconds from now."""
    began = time.monotonic()

    async def one():
        await pace.take()
        return time.monotonic() - began

    return sorted(await asyncio.gather(*(one() for _ in range(calls))))


async def test_calls_come_apart():
    """However many ask at once, each waits for its turn."""
    moments = await begins(OwnPace(100), 6)

    assert all(0.01 * turn <= moment + 0.001 for turn, moment in enumerate(moments))


async def test_hold_stops_those_who_wait_already():
    """Once Digital River asks for quiet nobody calls, not even who has a turn."""
    pace = OwnPace(100)
    began = time.monotonic()
    waiting = [asyncio.create_task(pace.take()) for _ in range(4)]
    await asyncio.sleep(0)
    await pace.hold(timedelta(seconds=0.2))
    await asyncio.wait(waiting[1:], return_when=asyncio.FIRST_COMPLETED)
    held = time.monotonic() - began
    await asyncio.gather(*waiting)

    assert held >= 0.199
