"""Operators who will not wait for a failing step's next try: it is stopped and begun again."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from temporalio import workflow
from temporalio.exceptions import FailureError


class Impatience:
    """Heard by every failing step of one purchase at once."""

    def __init__(self) -> None:
        self._times = 0

    def hurry(self) -> None:
        """Have what fails now tried at once."""
        self._times += 1

    async def pause(self, span: timedelta, over: Callable[[], bool]) -> None:
        """Wait so long before a second try, unless somebody will not, or it is over."""
        before = self._times
        with suppress(TimeoutError):
            await workflow.wait_condition(
                lambda: self._times > before or over(),
                timeout=span,
                timeout_summary="before the second try",
            )

    async def bears(self, trying: asyncio.Task[Any]) -> bool:
        """Wait for a step; False where it was stopped, so that it may be begun again.

        A result is never thrown away, also where it comes in the moment of the stop: a condition is
        looked at only when all that has come has reached its task, so that nothing is cancelled
        that has ended; and what ends while it is being cancelled still gives its result, where the
        step waits for the end of its cancellation.
        """
        before = self._times
        try:
            await workflow.wait_condition(lambda: trying.done() or self._times > before)
        except asyncio.CancelledError:
            await _stop(trying)
            raise
        return trying.done() or await _stop(trying)


async def _stop(trying: asyncio.Task[Any]) -> bool:
    """Cancel it and wait until it is over; True where it has a result all the same."""
    trying.cancel()
    await workflow.wait([trying])
    with suppress(asyncio.CancelledError, FailureError):
        trying.result()
        return True
    return False
