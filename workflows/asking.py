"""Having Digital River take money or goods back: one at a time, patiently, and not in the dark."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.orders import OneOrder
    from activities.refunds import RefundActivities

from .steps import Activity, Result, Step, Steps, Troubled, unless
from .turn import turn

Answer = TypeVar("Answer")

SOON = timedelta(seconds=3)


class Asking:
    """What a refund or a return asks of Digital River for its order."""

    def __init__(self, order: OneOrder, steps: Steps, troubled: Troubled) -> None:
        self._order = order
        self._steps = steps
        self._troubled = troubled

    async def in_turn(self, activity: Activity[Step, Result], step: Step, summary: str) -> Result:
        """Ask while nobody else does for the same purchase, so that sums are true until the end."""
        async with turn(self._order.purchase_id):
            return await self._steps.move_money(activity, step, summary, self._troubled)

    async def until_dispute_over(self, nudged: Callable[[], bool]) -> None:
        """Wait for the end of the dispute, or for somebody who says that it may be over."""
        over = self._steps.keep_asking(
            RefundActivities.dispute_over, self._order, "wait for the end of the dispute"
        )
        await unless(nudged, over)


async def meanwhile(
    asking: Coroutine[Any, Any, Answer], show: Callable[[], Awaitable[None]]
) -> Answer:
    """What comes of asking; where that is not known soon, the wish is shown meanwhile."""
    task = asyncio.create_task(asking)
    await workflow.wait([task], timeout=SOON.total_seconds())
    if not task.done():
        await show()
    return await task
