"""Tax identifiers, which decide what tax a business pays."""

from ferryman.digital_river.models import Page, TaxIdentifier

from .base import Calls, Filters


class TaxIdentifierCalls(Calls):
    """Calls on `/tax-identifiers` and a customer's own."""

    async def create_tax_identifier(self, kind: str, value: str) -> TaxIdentifier:
        """Have an identifier verified; `pending` counts as verified ("Tax identifiers")."""
        body = {"type": kind, "value": value}
        return await self._post(TaxIdentifier, "tax-identifiers", body=body)

    async def get_tax_identifier(self, identifier_id: str) -> TaxIdentifier:
        """Read a tax identifier."""
        return await self._get(TaxIdentifier, "tax-identifiers", identifier_id)

    async def list_tax_identifiers(
        self,
        *,
        customer_id: str | None = None,
        kind: str | None = None,
        value: str | None = None,
        limit: int = 100,
        starting_after: str | None = None,
    ) -> Page[TaxIdentifier]:
        """Find the tax identifiers that meet all the filters, newest first."""
        filters: Filters = {
            "customerId": customer_id,
            "type": kind,
            "value": value,
            "limit": limit,
            "startingAfter": starting_after,
        }
        return await self._get(Page[TaxIdentifier], "tax-identifiers", filters=filters)

    async def attach_tax_identifier(self, customer_id: str, identifier_id: str) -> TaxIdentifier:
        """Give a customer an identifier; Conflict where it is another customer's."""
        return await self._post(
            TaxIdentifier, "customers", customer_id, "tax-identifiers", identifier_id
        )
