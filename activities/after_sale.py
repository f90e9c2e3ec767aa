"""What a refund or a return needs of its purchase's record."""

import asyncio
import time
from datetime import timedelta

from temporalio import activity

from ferryman.digital_river.client import DigitalRiver, calling_for
from ferryman.digital_river.errors import InvalidRequest, NotFound
from ferryman.purchase.base import Moment, Noun
from ferryman.purchase.purchase import Purchase
from ferryman.purchase.readings import OrderReading
from ferryman.records import Records

from . import failures
from .orders import read

AT_ONCE = 3.0
BETWEEN = 0.03
SELDOM = timedelta(seconds=10)


class Shown(Noun):
    """What the record is to show: a refund or a return, as it stood at that time or later."""

    purchase_id: str
    refund_id: str | None = None
    return_id: str | None = None
    updated_time: Moment
    withdrawn: bool = False
    """True: it is to be shown no more."""
    patient: bool = False
    """True: ask again until it does."""


class Closed(Noun):
    """A closed purchase, and the order to look at where its amounts have changed."""

    purchase_id: str
    order_id: str | None = None


class ClosedPurchase(Noun):
    """A closed purchase as its record has it, and its order, read after it."""

    purchase: Purchase
    reading: OrderReading | None = None
    sequence: int
    """Of the purchase's last timeline entry."""


class AfterSaleActivities:
    """Steps around the record of a purchase that others write, or nobody any more."""

    def __init__(self, digital_river: DigitalRiver, records: Records) -> None:
        self._digital_river = digital_river
        self._records = records

    @activity.defn(name="await_shown")
    async def shown(self, told: Shown) -> bool:
        """True once the record shows it; False where it does not within three seconds.

        Who is patient is told nothing until it does.
        """
        until = time.monotonic() + AT_ONCE
        while not await self._shows(told):
            if time.monotonic() > until and told.patient:
                raise failures.nothing_new("not shown yet", SELDOM)
            if time.monotonic() > until:
                return False
            await asyncio.sleep(BETWEEN)
        return True

    @activity.defn(name="read_closed_purchase")
    async def closed(self, asked: Closed) -> ClosedPurchase | None:
        """The record and, read after it, the order; None where there is no record."""
        purchase = await self._records.get(asked.purchase_id)
        if purchase is None:
            return None
        return ClosedPurchase(
            purchase=purchase,
            reading=await self._order(asked),
            sequence=await self._records.last_sequence(asked.purchase_id),
        )

    async def _order(self, asked: Closed) -> OrderReading | None:
        if asked.order_id is None:
            return None
        with calling_for(asked.purchase_id):
            async with failures.told():
                try:
                    return await read(self._digital_river, asked.order_id)
                except (NotFound, InvalidRequest):
                    return None

    async def _shows(self, told: Shown) -> bool:
        purchase = await self._records.get(told.purchase_id)
        if purchase is None:
            return False
        refunds = {each.refund_id: each.updated_time for each in purchase.refunds}
        returns = {each.return_id: each.updated_time for each in purchase.returns}
        shown = refunds.get(told.refund_id or "") or returns.get(told.return_id or "")
        if told.withdrawn:
            return shown is None or shown >= told.updated_time
        return shown is not None and shown >= told.updated_time
