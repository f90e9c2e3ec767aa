"""Telling Digital River what was shipped and what was cancelled: one call does both."""

import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from temporalio import activity

from ferryman.digital_river import models as wire
from ferryman.digital_river.client import DigitalRiver, calling_for
from ferryman.digital_river.errors import Conflict, DigitalRiverError, InvalidRequest, NotFound
from ferryman.purchase.base import Moment, Noun
from ferryman.purchase.readings import ENDED, FulfillmentReading, Problem

from . import failures, translate
from .looking import SHIPMENT_KEY, Looking, MoneyStep
from .orders import read

TOO_LATE = "authorization_expired"
"""Our own code: the call's turn came when the payment's authorisation was too old."""


class OrderItem(Noun):
    """How much of an order's line moves."""

    id: str
    quantity: int = 0
    cancel_quantity: int = 0


class FulfillOrder(MoneyStep):
    """A shipment or a cancellation; the same `reference` is the same one."""

    purchase_id: str
    order_id: str
    reference: str
    items: tuple[OrderItem, ...]
    tracking_company: str | None = None
    tracking_number: str | None = None
    tracking_url: str | None = None
    not_after: Moment | None = None
    """Until then the provider may be told; an earlier try that came through counts all the same."""


class CancelOrder(MoneyStep):
    """An order of which everything open is to be cancelled."""

    purchase_id: str
    order_id: str


class Repeated(Noun):
    """Shipments and cancellations that had to be told more than once."""

    purchase_id: str
    order_id: str
    references: tuple[str, ...]


class FulfillmentActivities:
    """Steps that move goods and money."""

    def __init__(self, digital_river: DigitalRiver, looking: Looking) -> None:
        self._digital_river = digital_river
        self._looking = looking

    @activity.defn(name="fulfill")
    async def fulfill(self, asked: FulfillOrder) -> FulfillmentReading:
        """Find the fulfillment by its reference or create it; a refusal is an answer."""
        with calling_for(asked.purchase_id):
            async with failures.told(), failures.beating():
                return await self._fulfill(asked)

    @activity.defn(name="count_doubles")
    async def count_doubles(self, asked: Repeated) -> int:
        """How many of these Digital River holds more than once.

        A first try that commits later than any settle time can only be noticed.
        """
        with calling_for(asked.purchase_id):
            async with failures.told():
                held = Counter(
                    (each.metadata or {}).get(SHIPMENT_KEY)
                    for each in await self._looking.fulfillments_of(asked.order_id)
                )
        return sum(held[reference] > 1 for reference in asked.references)

    @activity.defn(name="cancel_order")
    async def cancel_order(self, asked: CancelOrder) -> FulfillmentReading:
        """Cancel what is open of an order, if anything is."""
        with calling_for(asked.purchase_id):
            async with failures.told(), failures.beating():
                return await self._cancel(asked)

    async def _fulfill(self, asked: FulfillOrder) -> FulfillmentReading:
        async def find() -> list[wire.Fulfillment]:
            return await self._looking.fulfillments(asked.order_id, asked.reference)

        begun = time.monotonic()
        repeat = self._looking.is_repeat(asked)
        found = await (self._looking.settled(find) if repeat else find())
        if found:
            return _taken(found)
        if asked.not_after is not None and _now(begun) >= asked.not_after:
            return FulfillmentReading(problem=Problem(code=TOO_LATE))
        try:
            taken = await self._digital_river.create_fulfillment(_body(asked))
        except (Conflict, NotFound, InvalidRequest) as refusal:
            found = await self._looking.settled(find) if repeat else []
            return _taken(found) if found else await self._refused(asked.order_id, refusal)
        return _taken([taken], repeated=repeat)

    async def _cancel(self, asked: CancelOrder) -> FulfillmentReading:
        order = await self._digital_river.get_order(asked.order_id)
        items = await self._open_items(order)
        if not items or translate.standing(order) in ENDED:
            return FulfillmentReading()
        whole = FulfillOrder(
            purchase_id=asked.purchase_id,
            order_id=asked.order_id,
            reference=f"wind-up-{asked.order_id}",
            items=items,
            doubtful=asked.doubtful,
        )
        return await self._fulfill(whole)

    async def _open_items(self, order: wire.Order) -> tuple[OrderItem, ...]:
        moved: Counter[str] = Counter()
        for fulfillment in await self._looking.fulfillments_of(order.id):
            for item in fulfillment.items:
                moved[item.item_id] += (item.quantity or 0) + (item.cancel_quantity or 0)
        return tuple(
            OrderItem(id=item.id, cancel_quantity=(item.quantity or 1) - moved[item.id])
            for item in order.items
            if (item.quantity or 1) > moved[item.id]
        )

    async def _refused(self, order_id: str, refusal: DigitalRiverError) -> FulfillmentReading:
        return FulfillmentReading(
            problem=translate.problem(refusal),
            reading=await read(self._digital_river, order_id),
        )


def _now(begun: float) -> datetime:
    """The time by Temporal's clock, by which the flow goes too; `begun` is when the attempt was."""
    return activity.info().started_time + timedelta(seconds=time.monotonic() - begun)


def _taken(fulfillments: list[wire.Fulfillment], *, repeated: bool = False) -> FulfillmentReading:
    first = fulfillments[0]
    return FulfillmentReading(
        fulfillment_id=first.id, created_time=first.created_time, repeated=repeated
    )


def _body(asked: FulfillOrder) -> dict[str, Any]:
    tracking = asked.model_dump(
        by_alias=True,
        exclude_none=True,
        include={"tracking_company", "tracking_number", "tracking_url"},
    )
    return {
        "orderId": asked.order_id,
        "items": [_item(item) for item in asked.items],
        "metadata": {SHIPMENT_KEY: asked.reference},
        **tracking,
    }


def _item(item: OrderItem) -> dict[str, Any]:
    body: dict[str, Any] = {"itemId": item.id}
    if item.quantity:
        body["quantity"] = item.quantity
    if item.cancel_quantity:
        body["cancelQuantity"] = item.cancel_quantity
    return body
