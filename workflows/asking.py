"""Having Digital River take money or goods back: patiently, and not in the dark."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.failures import KEY_REFUSED
    from activities.orders import OneOrder
    from activities.refunds import RefundActivities

from . import trouble, wording
from .patience import at_most
from .steps import Activity, Result, Step, Steps, Troubled, unless

Answer = TypeVar("Answer")
Called = Callable[[str | None, str | None], Awaitable[None]]
"""Is told why a person is called, or why nobody is any more."""

SOON = timedelta(seconds=3)


class Asking:
    """What a refund or a return asks of Digital River for its order."""

    def __init__(
        self, order: OneOrder, steps: Steps, *, troubled: Troubled, called: Called
    ) -> None:
        self._order = order
        self._steps = steps
        self._troubled = troubled
        self._called = called

    async def ask(self, activity: Activity[Step, Result], step: Step, summary: str) -> Result:
        """Ask until there is an answer; a person is called where that takes five minutes."""
        async with self._patience() as lose:

            async def troubled(failure: str | None) -> None:
                lose(failure)
                await self._troubled(failure)

            return await self._steps.move_money(activity, step, summary, troubled)

    async def until_dispute_over(self, nudged: Callable[[], bool]) -> None:
        """Wait for the end of the dispute, or for somebody who says that it may be over."""
        over = self._steps.keep_asking(
            RefundActivities.dispute_over, self._order, "wait for the end of the dispute"
        )
        await unless(nudged, over)

    @asynccontextmanager
    async def _patience(self) -> AsyncIterator[Callable[[str | None], None]]:
        waiting: list[asyncio.Task[None]] = []
        called: list[str] = []

        async def call(failure: str | None) -> None:
            if failure == KEY_REFUSED:
                called.append(wording.KEY_REFUSED)
            else:
                await workflow.sleep(trouble.PATIENCE, summary="patience with the provider")
                called.append(trouble.reason_of(failure))
            await self._called(called[0], None)

        yield lambda failure: waiting.append(asyncio.create_task(call(failure)))
        for each in waiting:
            each.cancel()
        for reason in called:
            await self._called(None, reason)


async def meanwhile(
    asking: Coroutine[Any, Any, Answer], show: Callable[[], Awaitable[None]]
) -> Answer:
    """What comes of asking; where that is not known soon, the wish is shown meanwhile."""
    task = asyncio.create_task(asking)
    await at_most(task, SOON, "before it is shown as asked for")
    if not task.done():
        await show()
    return await task
