"""Work by a fixed clock, whatever becomes of it, and work by a crowd that waits for its turn."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

_Result = TypeVar("_Result")


async def by_the_clock(
    a_second: float, seconds: float, act: Callable[[int, float], Awaitable[_Result]]
) -> list[_Result]:
    """Begin so many a second for so long, each on time; `act` is told its number and due time.

    The due time is the running loop's. An act counts its delay from there, or a system that holds
    up those who call it would hide how long it does.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    tasks = []
    async with asyncio.TaskGroup() as group:
        for number in range(round(a_second * seconds)):
            due = began + number / a_second
            await asyncio.sleep(max(0.0, due - loop.time()))
            tasks.append(group.create_task(_awaited(act(number, due))))
    return [task.result() for task in tasks]


async def by_a_crowd(at_once: int, works: Iterable[Awaitable[_Result]]) -> list[_Result]:
    """Do all, so many at a time: the next one begins as soon as one has ended."""
    room = asyncio.Semaphore(at_once)

    async def one(work: Awaitable[_Result]) -> _Result:
        async with room:
            return await work

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(work)) for work in works]
    return [task.result() for task in tasks]


async def _awaited(work: Awaitable[_Result]) -> _Result:
    return await work
