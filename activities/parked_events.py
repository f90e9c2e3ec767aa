"""Finding out whose an event is that nobody seems to wait for."""

from datetime import timedelta

from temporalio import activity

from ferryman.digital_river.client import DigitalRiver, calling_for
from ferryman.digital_river.errors import InvalidRequest, NotFound
from ferryman.purchase.base import Noun
from ferryman.purchase.messages import ProviderEvent
from ferryman.purchase.purchase import Purchase
from ferryman.purchase.readings import OrderReading
from ferryman.records import Records

from . import failures
from .orders import read

_SOON, _SOON_ENDS = timedelta(seconds=7.5), timedelta(minutes=10)
"""An order that is created within ten minutes gets its events within ten seconds."""
_LATER, _LATER_ENDS = timedelta(minutes=10), timedelta(hours=3)
_LATE = timedelta(hours=1)
_SELDOM = timedelta(hours=6)


class Parked(Noun):
    """An event, and the closed purchase that it belongs to."""

    purchase_id: str
    event_id: str
    order_id: str | None = None


class Aftermath(Noun):
    """A purchase as it was closed, and its order as it stands now."""

    purchase: Purchase
    reading: OrderReading
    sequence: int
    """Of the purchase's last timeline entry."""


class ParkedEventActivities:
    """Steps for events without a purchase at work."""

    def __init__(self, digital_river: DigitalRiver, records: Records) -> None:
        self._digital_river = digital_river
        self._records = records

    @activity.defn(name="find_owner")
    async def find_owner(self, event: ProviderEvent) -> str:
        """The purchase whose order this is; where there is none yet, ask again later.

        Our records are asked within ten seconds for ten minutes, every ten minutes for three
        hours, then every hour; Digital River less often than that.
        """
        info = activity.info()
        # Attempts say nothing of time: those of an outage come every few seconds.
        age = info.current_attempt_scheduled_time - info.scheduled_time
        owner = await self._owner_by_records(event)
        if owner is None and event.order_id is not None and _asks_provider(info.attempt, age):
            async with failures.told():
                owner = await self._owner_by_order(event.order_id)
        if owner is None:
            raise failures.nothing_new("nobody's event", _pause(age))
        return owner

    @activity.defn(name="look_again")
    async def look_again(self, asked: Parked) -> Aftermath | None:
        """The record and, read after it, the order; None where there is nothing to be added.

        That is where either is gone, the event is in the timeline, or the order is another
        environment's that uses the same account and the same numbers.
        """
        purchase = await self._records.get(asked.purchase_id)
        if purchase is None or asked.order_id is None:
            return None
        if not await self._records.unheard([asked.event_id]):
            return None
        with calling_for(asked.purchase_id):
            async with failures.told():
                try:
                    reading = await read(self._digital_river, asked.order_id)
                except (NotFound, InvalidRequest):
                    return None
        if not await self._is_of(asked.purchase_id, reading):
            return None
        return Aftermath(
            purchase=purchase,
            reading=reading,
            sequence=await self._records.last_sequence(asked.purchase_id),
        )

    async def _owner_by_records(self, event: ProviderEvent) -> str | None:
        if event.order_id is not None:
            return await self._records.owner_of_order(event.order_id)
        return await self._owner_by_origin(event.checkout_id, event.upstream_id)

    async def _owner_by_order(self, order_id: str) -> str | None:
        try:
            order = await self._digital_river.get_order(order_id)
        except (NotFound, InvalidRequest):
            return None
        return await self._owner_by_origin(order.checkout_id, order.upstream_id)

    async def _owner_by_origin(self, checkout_id: str | None, number: str | None) -> str | None:
        records = self._records
        owner = await records.owner_of_checkout(checkout_id) if checkout_id else None
        if owner is None and number and await records.get(number):
            return number
        return owner

    async def _is_of(self, purchase_id: str, reading: OrderReading) -> bool:
        if reading.checkout_id is None:
            return True
        owners = (
            await self._records.owner_of_order(reading.order.id),
            await self._records.owner_of_checkout(reading.checkout_id),
        )
        return purchase_id in owners


def _asks_provider(attempt: int, age: timedelta) -> bool:
    if age < _SOON_ENDS:
        return attempt & (attempt - 1) == 0
    # Of the looks that come an hour apart, and a little more, the first of each six hours.
    return age < _LATER_ENDS or age % _SELDOM < _LATE * 1.1


def _pause(age: timedelta) -> timedelta:
    if age < _SOON_ENDS:
        return _SOON
    return _LATER if age < _LATER_ENDS else _LATE
