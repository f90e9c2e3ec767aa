"""Refunds: money back, without goods."""

from ferryman.digital_river.models import Page, Refund

from .base import Body, Calls, Filters


class RefundCalls(Calls):
    """Calls on `/refunds`."""

    async def create_refund(self, body: Body) -> Refund:
        """Ask for a refund; not repeatable, and possible only after a capture is complete."""
        return await self._post(Refund, "refunds", body=body)

    async def get_refund(self, refund_id: str) -> Refund:
        """Read a refund."""
        return await self._get(Refund, "refunds", refund_id)

    async def list_refunds(
        self, order_id: str, *, limit: int = 100, starting_after: str | None = None
    ) -> Page[Refund]:
        """Find the refunds of an order, newest first."""
        filters: Filters = {"orderId": order_id, "limit": limit, "startingAfter": starting_after}
        return await self._get(Page[Refund], "refunds", filters=filters)
