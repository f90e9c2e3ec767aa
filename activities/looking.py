"""Looking before repeating: what Digital River, which has no idempotency keys, makes necessary."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from temporalio import activity

from ferryman.digital_river import models as wire
from ferryman.digital_river.client import DigitalRiver
from ferryman.purchase.base import Noun

Found = TypeVar("Found")

SHIPMENT_KEY = "shipmentId"
"""Written on a fulfillment, to find it again."""


class MoneyStep(Noun):
    """A step that moves money or goods."""

    doubtful: bool = False
    """True where the same step has been tried before and may still be committed."""


class Looking:
    """Finds what an earlier try may have created."""

    def __init__(self, digital_river: DigitalRiver, settle_time: timedelta) -> None:
        self._digital_river = digital_river
        self._settle_seconds = settle_time.total_seconds()

    @staticmethod
    def is_repeat(step: MoneyStep) -> bool:
        """True where an earlier try may still be committed."""
        return step.doubtful or activity.info().attempt > 1

    async def settled(self, find: Callable[[], Awaitable[Found]]) -> Found:
        """Look once a request that is under way must have arrived."""
        await asyncio.sleep(self._settle_seconds)
        return await find()

    async def order_of(self, checkout_id: str, upstream_id: str) -> wire.Order | None:
        """The order that was made of this checkout, by either thing that is written on it."""
        page = await self._digital_river.list_orders(checkout_id=checkout_id)
        found = [order for order in page.data if order.checkout_id == checkout_id]
        if not found and page.data:
            # A list that does not know the one filter may know the other.
            page = await self._digital_river.list_orders(upstream_ids=[upstream_id])
            found = [order for order in page.data if order.checkout_id == checkout_id]
        return found[0] if found else None

    async def fulfillments_of(self, order_id: str) -> AsyncIterator[wire.Fulfillment]:
        """All fulfillments and cancellations of the order."""
        after: str | None = None
        while True:
            page = await self._digital_river.list_fulfillments(order_id, starting_after=after)
            for fulfillment in page.data:
                if fulfillment.order_id == order_id:
                    yield fulfillment
            if not page.has_more or not page.data:
                return
            after = page.data[-1].id

    async def fulfillments(self, order_id: str, reference: str) -> list[wire.Fulfillment]:
        """What was reported under this reference: one, unless something went wrong."""
        return [
            fulfillment
            async for fulfillment in self.fulfillments_of(order_id)
            if (fulfillment.metadata or {}).get(SHIPMENT_KEY) == reference
        ]
