"""Orders and their charges."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from ferryman.digital_river.errors import Unavailable
from ferryman.digital_river.models import Charge, Order, Page

from .base import Body, Calls, Filters, read


class OrderCalls(Calls):
    """Calls on `/orders` and `/charges`."""

    async def create_order(self, checkout_id: str) -> Order:
        """Review for fraud and authorize the payment ("Processing orders").

        Raises Conflict where it was declined and no order exists; NotFound where the checkout is
        used up, so that an order may exist; Ambiguous where only a look-up can tell.
        """
        return await self._post(Order, "orders", body={"checkoutId": checkout_id})

    async def get_order(self, order_id: str, *, expand: bool = False) -> Order:
        """Read an order; expanded, its lines say whether they are physical."""
        filters: Filters = {"expand": "true"} if expand else {}
        return await self._get(Order, "orders", order_id, filters=filters)

    async def list_orders(
        self,
        *,
        upstream_ids: Sequence[str] | None = None,
        checkout_id: str | None = None,
        state: str | None = None,
        created_time_gte: datetime | None = None,
        limit: int = 100,
        starting_after: str | None = None,
    ) -> Page[Order]:
        """Find orders that meet all the filters, newest first; `limit` is 1 to 100."""
        filters: Filters = {
            "upstreamIds": upstream_ids,
            "checkoutId": checkout_id,
            "state": state,
            "createdTime[gte]": created_time_gte,
            "limit": limit,
            "startingAfter": starting_after,
        }
        return await self._get(Page[Order], "orders", filters=filters)

    async def list_changed_orders(
        self, *, since: datetime, limit: int = 100, starting_after: str | None = None
    ) -> Page[Order]:
        """Find the orders that were updated since then, the newest made first.

        An entry that is no order is logged and left out, so that it cannot hide the others.
        """
        filters: Filters = {
            "updatedTime[gte]": since,
            "limit": limit,
            "startingAfter": starting_after,
        }
        page = await self._get(Page[Any], "orders", filters=filters)
        return Page[Order](has_more=page.has_more, data=tuple(self._readable_orders(page.data)))

    def _readable_orders(self, documents: Iterable[Any]) -> Iterator[Order]:
        for document in documents:
            try:
                yield read(Order, document, Unavailable)
            except Unavailable as error:
                self._transport.log.warning("digital_river_order_left_out", cause=error.cause)

    async def refresh_order(self, order_id: str) -> Order:
        """Have the payment looked at again, once the shopper is back from a redirect."""
        return await self._post(Order, "orders", order_id, "refresh")

    async def update_order(self, order_id: str, body: Body) -> Order:
        """Change `upstreamId` or metadata."""
        return await self._post(Order, "orders", order_id, body=body)

    async def get_charge(self, charge_id: str) -> Charge:
        """Read a charge; only here does a failed capture say why."""
        return await self._get(Charge, "charges", charge_id)
