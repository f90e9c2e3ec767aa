"""Work by a fixed clock, whatever becomes of it, and work by a crowd that waits for its turn."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, TypeVar

_Result = TypeVar("_Result")


async def by_the_clock(
    a_second: float, seconds: float, act: Callable[[int, float], Awaitable[_Result]]
) -> list[_Result]:
    """Begin so many a second for so long, each on time; `act` is told its number and due time.

    The due time is the running loop's. An act counts its delay from there, or a system that holds
    up those who call it would hide how long it does. The first error of an act ends all.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()

    async def one(number: int) -> _Result:
        due = began + number / a_second
        await asyncio.sleep(max(0.0, due - loop.time()))
        return await act(number, due)

    return await _together(one(number) for number in range(round(a_second * seconds)))


async def by_a_crowd(at_once: int, works: Iterable[Awaitable[_Result]]) -> list[_Result]:
    """Do all, so many at a time: the next one begins as soon as one has ended.

    The first error of one ends all.
    """
    room = asyncio.Semaphore(at_once)

    async def one(work: Awaitable[_Result]) -> _Result:
        async with room:
            return await work

    return await _together(one(work) for work in works)


async def _together(works: Iterable[Coroutine[Any, Any, _Result]]) -> list[_Result]:
    tasks = [asyncio.create_task(work) for work in works]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
