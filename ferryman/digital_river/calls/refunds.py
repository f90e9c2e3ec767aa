"""Refunds, and links to the documents that a customer gets."""

from datetime import datetime

from ferryman.digital_river.models import FileLink, Page, Refund

from .base import Body, Calls, Filters


class RefundCalls(Calls):
    """Calls on `/refunds` and `/file-links`."""

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

    async def create_file_link(self, file_id: str, expires_time: datetime) -> FileLink:
        """Let anyone with the link read a file until then."""
        body = {"fileId": file_id, "expiresTime": expires_time}
        return await self._post(FileLink, "file-links", body=body)
