"""Checkouts and their sources."""

from ferryman.digital_river.models import Checkout, Page, Source

from .base import Body, Calls, Filters


class CheckoutCalls(Calls):
    """Calls on `/checkouts` and `/sources`."""

    async def create_checkout(self, body: Body) -> Checkout:
        """Price the lines; `upstreamId` has to be here, at the order it would be ignored."""
        return await self._post(Checkout, "checkouts", body=body)

    async def get_checkout(self, checkout_id: str) -> Checkout:
        """Read a checkout."""
        return await self._get(Checkout, "checkouts", checkout_id)

    async def update_checkout(self, checkout_id: str, body: Body) -> Checkout:
        """Change addresses, shipping and the like; InvalidRequest for lines and prices."""
        return await self._post(Checkout, "checkouts", checkout_id, body=body)

    async def delete_checkout(self, checkout_id: str) -> None:
        """Remove a checkout that no order was made of."""
        await self._delete("checkouts", checkout_id)

    async def list_checkouts(
        self, upstream_id: str, *, limit: int = 100, starting_after: str | None = None
    ) -> Page[Checkout]:
        """Find the checkouts with this `upstreamId`, newest first."""
        filters: Filters = {
            "upstreamIds": upstream_id,
            "limit": limit,
            "startingAfter": starting_after,
        }
        return await self._get(Page[Checkout], "checkouts", filters=filters)

    async def attach_checkout_source(self, checkout_id: str, source_id: str) -> Source:
        """Pay with this source; the answer is the source, not the checkout."""
        return await self._post(Source, "checkouts", checkout_id, "sources", source_id)

    async def get_source(self, source_id: str) -> Source:
        """Read a source."""
        return await self._get(Source, "sources", source_id)
