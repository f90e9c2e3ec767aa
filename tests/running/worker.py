"""Workers and replayers in a test's process, whose end nobody waits for without limit.

Twice in some twenty runs of all tests a shop's teardown did not end, with no thread and no call
under way; some 5,000 ends of workers and replayers, made to see it, did not show it again.
Production ends such a drain by force (`workers/process.py`); a test's process has others to play,
so it leaves behind what hangs, and says where it hung.
"""

import asyncio
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from temporalio.worker import Worker

LONGEST_SECONDS = 25
"""Longer than a drain may take, and short enough for two in the time that a test has."""


@asynccontextmanager
async def working(worker: Worker) -> AsyncIterator[None]:
    """Have the worker work meanwhile; raises what it failed with."""
    carrying = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        ending = asyncio.create_task(worker.shutdown())
        if await ended(carrying):
            ending.cancel()


async def at_last(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Do what changes nothing, and once more where it does not end."""
    if not await ended(asyncio.create_task(work())):
        assert await ended(asyncio.create_task(work())), "it never ends"


async def ended(task: asyncio.Task[None]) -> bool:
    """True once it has ended; raises what it failed with. False where it does not end."""
    _, hanging = await asyncio.wait({task}, timeout=LONGEST_SECONDS)
    if hanging:
        warnings.warn(f"left behind, at {_where(task)}", stacklevel=2)
        return False
    task.result()
    return True


def _where(task: asyncio.Task[None]) -> str:
    """The coroutines that wait for each other, the innermost last."""
    names = list[str]()
    waiting: Awaitable[Any] | None = task.get_coro()
    while waiting is not None:
        names.append(getattr(waiting, "__qualname__", repr(waiting)))
        waiting = getattr(waiting, "cr_await", None)
    return " > ".join(names)
