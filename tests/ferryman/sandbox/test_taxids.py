from decimal import Decimal

import pytest


@pytest.mark.parametrize(
    ("value", "state", "tax", "session"),
    [
        ("DE123456789", "verified", Decimal(0), "requires_confirmation"),
        ("DE999999999", "not_valid", Decimal("14.54"), "requires_source"),
    ],
)
async def test_verification(shop, value, state, tax, session):
    """A business whose identifier holds accounts for the tax itself; a void one is no use."""
    identifier = await shop.ok("POST", "/tax-identifiers", {"type": "de", "value": value})
    given = {"customerType": "business", "taxIdentifiers": [{"id": identifier["id"]}]}
    early = await shop.ready("p-1", checkout=given)
    await shop.advance()
    late = await shop.checkout("p-2", **given)
    waiting = await shop.ok("GET", f"/checkouts/{early['id']}")
    events = (await shop.ok("GET", f"/events?type=tax_identifier.{state}"))["data"]

    assert identifier["state"] == "pending"
    assert (early["totalTax"], late["totalTax"]) == (0, tax)
    assert late["taxIdentifiers"][0]["state"] == state
    assert waiting["payment"]["session"]["state"] == session
    assert len(events) == 1
