"""Looking before repeating: what Digital River, which has no idempotency keys, makes necessary."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from temporalio import activity

from ferryman.digital_river import models as wire
from ferryman.digital_river.client import DigitalRiver
from ferryman.purchase.base import Noun

from . import failures

Found = TypeVar("Found")
Resource = TypeVar("Resource", wire.Order, wire.Fulfillment, wire.Refund, wire.Return)

MOST_PAGES = 50
_EAGER = timedelta(days=1)
_HOUR = timedelta(hours=1)

SHIPMENT_KEY = "shipmentId"
"""Written on a fulfillment, to find it again."""
REFUND_KEY = "refundId"
RETURN_KEY = "returnId"


class MoneyStep(Noun):
    """A step that moves money or goods."""

    doubtful: bool = False
    """True where the same step has been tried before and may still be committed."""
    begun_in: str | None = None
    """The run that it was written for: after a reset, another run may find it tried already."""


class Looking:
    """Finds what an earlier try may have created."""

    def __init__(self, digital_river: DigitalRiver, settle_time: timedelta) -> None:
        self._digital_river = digital_river
        self._settle_seconds = settle_time.total_seconds()

    @staticmethod
    def is_repeat(step: MoneyStep) -> bool:
        """True where an earlier try may still be committed."""
        was_reset = step.begun_in not in {None, activity.info().workflow_run_id}
        return step.doubtful or was_reset or not failures.untouched_before()

    async def settled(self, find: Callable[[], Awaitable[Found]]) -> Found:
        """Look once a request that is under way must have arrived."""
        await asyncio.sleep(self._settle_seconds)
        return await find()

    async def order_of(self, checkout_id: str) -> wire.Order | None:
        """The order that was made of this checkout."""

        async def page(after: str | None) -> wire.Page[wire.Order]:
            return await self._digital_river.list_orders(
                checkout_id=checkout_id, starting_after=after
            )

        async for order in _all(page):
            if order.checkout_id == checkout_id:
                return order
        return None

    async def fulfillments_of(self, order_id: str) -> list[wire.Fulfillment]:
        """All fulfillments and cancellations of the order."""

        async def page(after: str | None) -> wire.Page[wire.Fulfillment]:
            return await self._digital_river.list_fulfillments(order_id, starting_after=after)

        return [each async for each in _all(page) if each.order_id == order_id]

    async def fulfillments(self, order_id: str, reference: str) -> list[wire.Fulfillment]:
        """What was reported under this reference: one, unless something went wrong."""
        return [
            fulfillment
            for fulfillment in await self.fulfillments_of(order_id)
            if (fulfillment.metadata or {}).get(SHIPMENT_KEY) == reference
        ]

    async def refunds_of(self, order_id: str) -> list[wire.Refund]:
        """All refunds of the order, whoever asked for them."""

        async def page(after: str | None) -> wire.Page[wire.Refund]:
            return await self._digital_river.list_refunds(order_id, starting_after=after)

        return [each async for each in _all(page) if each.order_id == order_id]

    async def returns_of(self, order_id: str) -> list[wire.Return]:
        """All returns of the order, whoever announced them."""

        async def page(after: str | None) -> wire.Page[wire.Return]:
            return await self._digital_river.list_returns(order_id, starting_after=after)

        return [each async for each in _all(page) if each.order_id == order_id]


def interval_now(interval: timedelta) -> timedelta:
    """How long to wait for the next look: as set for a day, then an hour where that is longer."""
    info = activity.info()
    # Attempts say nothing of time: those of an outage come every few seconds.
    waited = info.current_attempt_scheduled_time - info.scheduled_time
    return interval if waited < _EAGER else max(interval, _HOUR)


async def _all(
    page: Callable[[str | None], Awaitable[wire.Page[Resource]]],
) -> AsyncIterator[Resource]:
    """Every entry of a list, page by page, newest first; a list that never ends is left."""
    after: str | None = None
    for _ in range(MOST_PAGES):
        found = await page(after)
        for each in found.data:
            yield each
        if not found.has_more or not found.data:
            return
        after = found.data[-1].id
