"""Finding out whose an event is that nobody seems to wait for."""

from datetime import timedelta

from temporalio import activity

from ferryman.digital_river.client import DigitalRiver, calling_for
from ferryman.digital_river.errors import NotFound
from ferryman.purchase.base import Noun
from ferryman.purchase.messages import ProviderEvent
from ferryman.purchase.purchase import Purchase
from ferryman.purchase.readings import OrderReading
from ferryman.records import Records

from . import failures
from .orders import read

_SOON = (
    timedelta(seconds=2),
    timedelta(seconds=5),
    timedelta(seconds=15),
    timedelta(minutes=1),
    timedelta(minutes=10),
)
_LATER = timedelta(hours=6)


class Parked(Noun):
    """A purchase, and one of its orders."""

    purchase_id: str
    order_id: str


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
        """The purchase whose order this is; where there is none yet, ask again later."""
        async with failures.told():
            owner = await self._owner(event)
        if owner is None:
            attempt = activity.info().attempt
            again = _SOON[attempt - 1] if attempt <= len(_SOON) else _LATER
            raise failures.nothing_new("nobody's event", again)
        return owner

    @activity.defn(name="look_again")
    async def look_again(self, asked: Parked) -> Aftermath | None:
        """The record and the order side by side; None where either is gone."""
        purchase = await self._records.get(asked.purchase_id)
        with calling_for(asked.purchase_id):
            async with failures.told():
                try:
                    reading = await read(self._digital_river, asked.order_id)
                except NotFound:
                    return None
        if purchase is None:
            return None
        timeline = await self._records.timeline(asked.purchase_id)
        return Aftermath(
            purchase=purchase,
            reading=reading,
            sequence=timeline[-1].sequence if timeline else 0,
        )

    async def _owner(self, event: ProviderEvent) -> str | None:
        if event.order_id is None:
            return None
        owner = await self._records.owner_of_order(event.order_id)
        return owner or await self._owner_by_order(event.order_id)

    async def _owner_by_order(self, order_id: str) -> str | None:
        try:
            order = await self._digital_river.get_order(order_id)
        except NotFound:
            return None
        if order.upstream_id and await self._records.get(order.upstream_id):
            return order.upstream_id
        if order.checkout_id is None:
            return None
        return await self._records.owner_of_checkout(order.checkout_id)
