"""Fulfillments, which capture, and cancellations, which release."""

from ferryman.digital_river.models import Fulfillment, Page

from .base import Body, Calls, Filters


class FulfillmentCalls(Calls):
    """Calls on `/fulfillments`."""

    async def create_fulfillment(self, body: Body) -> Fulfillment:
        """Tell what was shipped (`quantity`) or will not be (`cancelQuantity`).

        Not repeatable: a second call ships again. Conflict names what is done or open already.
        """
        return await self._post(Fulfillment, "fulfillments", body=body)

    async def list_fulfillments(
        self, order_id: str, *, limit: int = 100, starting_after: str | None = None
    ) -> Page[Fulfillment]:
        """Find the fulfillments of an order, newest first."""
        filters: Filters = {"orderId": order_id, "limit": limit, "startingAfter": starting_after}
        return await self._get(Page[Fulfillment], "fulfillments", filters=filters)

    async def get_fulfillment(self, fulfillment_id: str) -> Fulfillment:
        """Read a fulfillment."""
        return await self._get(Fulfillment, "fulfillments", fulfillment_id)
