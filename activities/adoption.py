"""Orders that there are before their purchase, and the purchases that they become.

Digital River makes some by itself; some are paid for after the end of the purchase they were made
for; and one that was looked for in vain may be found by an operator.
"""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from ferryman.digital_river import models as wire
from ferryman.digital_river.client import DigitalRiver, calling_for
from ferryman.digital_river.errors import InvalidRequest, NotFound
from ferryman.purchase.base import Noun
from ferryman.purchase.messages import Adoption, Begin, Continuation, ProviderEvent
from ferryman.purchase.policy import Policy
from ferryman.purchase.readings import OrderReading, Standing
from ferryman.purchase.request import PurchaseRequest
from ferryman.records import PurchaseExists, Records

from . import failures, pricing, translate
from .looking import Looking
from .orders import OneOrder, read

_PURCHASE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SKU_ID = re.compile(r"[0-9A-Za-z._-]{1,128}")
_OF_DOTS = frozenset({".", ".."})
# No merchant's key can be this one: a header holds no line break.
_CLAIM = "order made at Digital River\n"
_KEPT = "order kept after the end\n"
_LATE = ".late"
_LONGEST_STEM = 64 - len(_LATE)
_SOON = timedelta(seconds=1)
_NONE_FREE = "no id is free for its purchase"


class Adopting(Noun):
    """Whose the order is: a purchase's that there is, or of one that is to begin."""

    owner: str | None = None
    begin: Begin | None = None


class Adoptable(Noun):
    """An order that an operator has found; empty where Digital River does not have it."""

    reading: OrderReading | None = None
    owner: str | None = None
    """The purchase that has or had it, by the records."""


class LateMoney(Noun):
    """An order that was paid for after the end of its purchase."""

    order_id: str
    policy: Policy
    continues: Continuation


class Keeping(Noun):
    """How the purchase begins that keeps late money, or why there can be none."""

    begin: Begin | None = None
    objection: str | None = None


class HandOver(Noun):
    """An order, and the purchase that it belongs to from now on."""

    order_id: str
    purchase_id: str


class AdoptionActivities:
    """Steps that turn an order into a purchase."""

    def __init__(
        self, digital_river: DigitalRiver, looking: Looking, records: Records, policy: Policy
    ) -> None:
        self._digital_river = digital_river
        self._looking = looking
        self._records = records
        self._policy = policy

    @activity.defn(name="adopt_order")
    async def adopt(self, event: ProviderEvent) -> Adopting:
        """Say how the purchase of this order begins, the same however often it is asked.

        An order that cannot be read yet is asked for again.
        """
        order_id = event.order_id or ""
        if owner := await self._records.owner_of_order(order_id):
            return Adopting(owner=owner)
        async with failures.told():
            order = await self._digital_river.get_order(order_id, expand=True)
        checkout_id = order.checkout_id
        if checkout_id and (owner := await self._records.owner_of_checkout(checkout_id)):
            return Adopting(owner=owner)
        try:
            request = _request(order)
        except ValidationError as error:
            raise _unadoptable(f"not an order that a purchase can be made of: {error}") from error
        return Adopting(
            begin=Begin(
                id=await self._own_id(order),
                request=request,
                policy=self._policy,
                adopts=Adoption(
                    order_id=order_id,
                    event=event,
                    checkout=pricing.checkout(order, checkout_id or order.id),
                ),
            )
        )

    @activity.defn(name="look_at_adoptable")
    async def adoptable(self, asked: OneOrder) -> Adoptable:
        """Read an order that may not exist, and whose it is by the records."""
        with calling_for(asked.purchase_id):
            async with failures.told():
                try:
                    reading = await read(self._digital_river, asked.order_id)
                except (NotFound, InvalidRequest):
                    return Adoptable()
        return Adoptable(reading=reading, owner=await self._records.owner_of_order(asked.order_id))

    @activity.defn(name="keep_order")
    async def keep(self, asked: LateMoney) -> Keeping:
        """Say how the purchase begins that keeps the money, the same however often it is asked.

        Only a whole order is kept: of one that is being cancelled the money is on its way back.
        """
        ended = asked.continues.purchase_id
        with calling_for(ended):
            async with failures.told():
                order = await self._digital_river.get_order(asked.order_id, expand=True)
                moved = await self._looking.fulfillments_of(order.id)
        if translate.standing(order) is not Standing.ACCEPTED:
            return Keeping(objection=f"it is {order.state}")
        if moved:
            return Keeping(objection="parts of it have been cancelled or shipped already")
        try:
            request = _request(order)
        except ValidationError:
            return Keeping(objection="no purchase can be made of its lines")
        names = (f"{ended[:_LONGEST_STEM]}{_LATE}", f"dr-{order.id}")
        claimed = await self._claimed(f"{_KEPT}{order.id}", names)
        if claimed is None:
            return Keeping(objection=f"{_NONE_FREE}: {' and '.join(names)} are taken")
        checkout = pricing.checkout(order, order.checkout_id or order.id)
        begin = Begin(
            id=claimed,
            request=request,
            policy=asked.policy,
            adopts=Adoption(order_id=asked.order_id, checkout=checkout, continues=asked.continues),
        )
        return Keeping(begin=begin)

    @activity.defn(name="hand_order_over")
    async def hand_over(self, asked: HandOver) -> None:
        """Let the records name another owner, once that purchase has a record of its own."""
        if not await self._records.hand_over(asked.order_id, asked.purchase_id):
            raise failures.nothing_new("the purchase has no record yet", _SOON)

    async def _own_id(self, order: wire.Order) -> str:
        """The purchase id that is this order's: its own number where that is free."""
        own = order.upstream_id
        if own is not None and await self._records.get(own) is not None:
            own = None
        claimed = await self._claimed(f"{_CLAIM}{order.id}", (own, f"dr-{order.id}"))
        if claimed is None:
            raise _unadoptable(_NONE_FREE)
        return claimed

    async def _claimed(self, key: str, names: Iterable[str | None]) -> str | None:
        for name in names:
            if name is None or not _PURCHASE_ID.fullmatch(name) or name in _OF_DOTS:
                continue
            if (claimed := await self._claim(key, name)) is not None:
                return claimed
        return None

    async def _claim(self, key: str, name: str) -> str | None:
        try:
            claim = await self._records.claim(key, "adopted", name)
        except PurchaseExists:
            return None
        return claim.purchase_id


def _request(order: wire.Order) -> PurchaseRequest:
    """What the order would have been asked for by; who buys and where stays with the provider."""
    return PurchaseRequest.model_validate(
        {
            "currency": order.currency,
            "taxInclusive": False,
            "items": [
                _item(name, item, order.currency)
                for name, item in zip(pricing.line_ids(order.items), order.items, strict=True)
            ],
        }
    )


def _item(line_id: str, item: wire.OrderItem, currency: str | None) -> dict[str, Any]:
    product = item.product_details
    sku = item.sku_id or (product.id if product else None) or ""
    return {
        "lineId": line_id,
        "skuId": sku if _SKU_ID.fullmatch(sku) else item.id,
        "quantity": item.quantity or 1,
        "aggregatePrice": pricing.rounded_to(item.amount, currency) or 0,
        "physical": product.physical if product else None,
    }


def _unadoptable(why: str) -> ApplicationError:
    return ApplicationError(why, type="Unadoptable", non_retryable=True)
