"""Returns of goods: announced, then accepted whole or item by item."""

from collections.abc import Mapping

from ferryman.digital_river.models import Page, Return

from .base import Body, Calls, Filters


class ReturnCalls(Calls):
    """Calls on `/returns`."""

    async def create_return(self, body: Body) -> Return:
        """Say what the shopper sends back; not repeatable.

        Conflict where more is sent back than was bought and not returned yet, or while the order
        is disputed ("Third-party coordinated returns").
        """
        return await self._post(Return, "returns", body=body)

    async def get_return(self, return_id: str) -> Return:
        """Read a return."""
        return await self._get(Return, "returns", return_id)

    async def list_returns(
        self, order_id: str, *, limit: int = 100, starting_after: str | None = None
    ) -> Page[Return]:
        """Find the returns of an order, newest first."""
        filters: Filters = {"orderId": order_id, "limit": limit, "startingAfter": starting_after}
        return await self._get(Page[Return], "returns", filters=filters)

    async def accept_return(self, return_id: str) -> Return:
        """Accept all that was sent back; Digital River makes the refund by itself."""
        return await self._post(Return, "returns", return_id, body={"state": "accepted"})

    async def accept_return_items(self, return_id: str, quantities: Mapping[str, int]) -> Return:
        """Accept some, by order item id; the refund comes once everything is accepted."""
        items = [
            {"itemId": item_id, "quantity": quantity, "state": "accepted"}
            for item_id, quantity in quantities.items()
        ]
        return await self._post(Return, "returns", return_id, body={"items": items})
