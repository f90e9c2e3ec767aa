"""The sandbox's clock ends when it is told to, whatever happens in the same moment."""

import asyncio
from datetime import timedelta

import pytest

from ferryman.sandbox.clock import Clock

FAR = timedelta(days=1)


@pytest.mark.parametrize("moments", range(8))
async def test_clock_that_was_just_woken_ends(moments):
    """A timer that is set while the clock is being stopped does not keep it going."""
    clock = Clock(print)
    clock.after(FAR, "send")
    ticking = asyncio.create_task(clock.run())
    await asyncio.sleep(0)
    clock.after(FAR, "send")
    for _ in range(moments):
        await asyncio.sleep(0)
    ticking.cancel()
    await asyncio.wait({ticking}, timeout=1)
    ended = ticking.done()
    ticking.cancel()

    assert ended
