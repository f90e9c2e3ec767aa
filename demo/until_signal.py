"""Ends a coroutine in good order at Ctrl-C, a termination or a closed terminal."""

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_Result = TypeVar("_Result")


def run_until_signal(main: Coroutine[Any, Any, _Result]) -> _Result | None:
    """Run `main` to its end; None where a signal cancelled it, after its own cleaning up."""
    return asyncio.run(_cancelled_by_signal(main))


async def _cancelled_by_signal(main: Coroutine[Any, Any, _Result]) -> _Result | None:
    loop, task = asyncio.get_running_loop(), asyncio.create_task(main)
    interrupted = asyncio.Event()

    def interrupt() -> None:
        # Only once: a second Ctrl-C must not cut the orderly stop short and leave orphans.
        if not interrupted.is_set():
            interrupted.set()
            task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, interrupt)
    try:
        return await task
    except asyncio.CancelledError:
        if interrupted.is_set():
            return None
        raise
