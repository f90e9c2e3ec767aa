"""Orders that Digital River makes by itself, and the purchases that they become."""

import re
from typing import Any

from pydantic import ValidationError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from ferryman.digital_river import models as wire
from ferryman.digital_river.client import DigitalRiver
from ferryman.purchase.base import Noun
from ferryman.purchase.messages import Adoption, Begin, ProviderEvent
from ferryman.purchase.policy import Policy
from ferryman.purchase.request import PurchaseRequest
from ferryman.records import PurchaseExists, Records

from . import failures, pricing

_PURCHASE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SKU_ID = re.compile(r"[0-9A-Za-z._-]{1,128}")
_OF_DOTS = frozenset({".", ".."})
# No merchant's key can be this one: a header holds no line break.
_CLAIM = "order made at Digital River\n"


class Adopting(Noun):
    """Whose the order is: a purchase's that there is, or of one that is to begin."""

    owner: str | None = None
    begin: Begin | None = None


class AdoptionActivities:
    """Steps that turn an order into a purchase."""

    def __init__(self, digital_river: DigitalRiver, records: Records, policy: Policy) -> None:
        self._digital_river = digital_river
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
                id=await self._claimed(order),
                request=request,
                policy=self._policy,
                adopts=Adoption(
                    event=event, checkout=pricing.checkout(order, checkout_id or order.id)
                ),
            )
        )

    async def _claimed(self, order: wire.Order) -> str:
        """The purchase id that is this order's: its own number where that is free."""
        own = order.upstream_id
        if own is not None and await self._records.get(own) is not None:
            own = None
        for name in (own, f"dr-{order.id}"):
            if name is None or not _PURCHASE_ID.fullmatch(name) or name in _OF_DOTS:
                continue
            if (claimed := await self._claim(order.id, name)) is not None:
                return claimed
        raise _unadoptable("no id is free for its purchase")

    async def _claim(self, order_id: str, name: str) -> str | None:
        try:
            claim = await self._records.claim(f"{_CLAIM}{order_id}", "adopted", name)
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
