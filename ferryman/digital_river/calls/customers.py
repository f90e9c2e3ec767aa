"""Customers and their saved sources."""

from ferryman.digital_river.models import Customer, Source

from .base import Body, Calls


class CustomerCalls(Calls):
    """Calls on `/customers`."""

    async def create_customer(self, body: Body) -> Customer:
        """Create a customer under an id of ours; Conflict where the id is taken."""
        return await self._post(Customer, "customers", body=body)

    async def get_customer(self, customer_id: str) -> Customer:
        """Read a customer."""
        return await self._get(Customer, "customers", customer_id)

    async def update_customer(self, customer_id: str, body: Body) -> Customer:
        """Change the given fields of a customer."""
        return await self._post(Customer, "customers", customer_id, body=body)

    async def attach_customer_source(self, customer_id: str, source_id: str) -> Source:
        """Save a chargeable source for later; Conflict where it cannot be reused."""
        return await self._post(Source, "customers", customer_id, "sources", source_id)

    async def detach_customer_source(self, customer_id: str, source_id: str) -> None:
        """Forget a saved source; it cannot be used again."""
        await self._delete("customers", customer_id, "sources", source_id)
