"""Work by the clock and by a crowd."""

import asyncio
from itertools import pairwise

import pytest

from bench.paced import by_a_crowd, by_the_clock


async def test_the_clock_waits_for_nobody():
    """Each begins when it is due, though none of those before it has ended."""
    begun, go = [], asyncio.Event()

    async def act(number, due):
        begun.append((number, due))
        if number == 4:
            go.set()
        await go.wait()
        return number

    results = await by_the_clock(200, 0.025, act)

    assert [0, 1, 2, 3, 4] == results
    gaps = [round(later[1] - due, 6) for (_, due), later in pairwise(begun)]
    assert [0.005] * 4 == gaps


async def test_a_late_one_is_told_when_it_was_due():
    """Who begins late can tell by how much: the due times do not move."""
    loop, late = asyncio.get_running_loop(), []

    async def act(number, due):
        if number == 0:
            until = loop.time() + 0.02
            while loop.time() < until:
                pass
        late.append(loop.time() - due)

    await by_the_clock(1_000, 0.002, act)

    assert late[1] >= 0.019


async def test_a_crowd_is_never_larger():
    """Seven works are done, at most three of them at once, and their results are in order."""
    inside, most = 0, 0

    async def work(number):
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        for _ in range(3):
            await asyncio.sleep(0)
        inside -= 1
        return number

    results = await by_a_crowd(3, map(work, range(7)))

    assert (list(range(7)), 3) == (results, most)


async def test_an_error_ends_all():
    """It comes out as it is, and those that are still at work are sent home."""
    sent_home = []

    async def work(number):
        if number == 2:
            raise LookupError("the third shelf is empty")
        try:
            await asyncio.Event().wait()
        finally:
            sent_home.append(number)

    with pytest.raises(LookupError, match="third shelf"):
        await by_a_crowd(3, map(work, range(3)))

    assert [0, 1] == sent_home
