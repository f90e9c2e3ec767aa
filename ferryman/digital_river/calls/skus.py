"""SKUs: the goods as Digital River knows them."""

from collections.abc import Sequence

from ferryman.digital_river.models import Page, Sku

from .base import Body, Calls, Filters


class SkuCalls(Calls):
    """Calls on `/skus`."""

    async def list_skus(
        self,
        *,
        ids: Sequence[str] | None = None,
        limit: int = 100,
        starting_after: str | None = None,
    ) -> Page[Sku]:
        """Find SKUs, newest first; `limit` is 1 to 100."""
        filters: Filters = {"ids": ids, "limit": limit, "startingAfter": starting_after}
        return await self._get(Page[Sku], "skus", filters=filters)

    async def get_sku(self, sku_id: str) -> Sku:
        """Read a SKU."""
        return await self._get(Sku, "skus", sku_id)

    async def put_sku(self, sku_id: str, body: Body) -> Sku:
        """Create a SKU under our own id or replace it whole; repeating it changes nothing."""
        return await self._put(Sku, "skus", sku_id, body=body)

    async def update_sku(self, sku_id: str, body: Body) -> Sku:
        """Change the given fields of a SKU."""
        return await self._post(Sku, "skus", sku_id, body=body)
