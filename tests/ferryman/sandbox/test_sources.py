import json
from pathlib import Path

_PUBLISHED = Path(__file__).parents[1] / "digital_river" / "examples" / "errors"


def _published(name):
    return json.loads((_PUBLISHED / f"{name}.json").read_text("utf-8"))


class TestSources:
    async def test_a_detached_source_is_gone(self, shop):
        """A single-use source that was detached cannot be attached again."""
        checkout = await shop.checkout()
        source = await shop.attach(checkout, await shop.source(checkout))
        path = f"/checkouts/{checkout['id']}/sources/{source['id']}"
        await shop.ok("DELETE", path)
        status, body, _ = await shop.call("POST", path)

        assert status == 409
        assert _published("409.source_status_invalid_for_session.none") == body

    async def test_a_second_primary_source_replaces_the_first(self, shop):
        """A checkout has one primary source: the last that was attached."""
        checkout = await shop.checkout()
        first = await shop.attach(checkout, await shop.source(checkout))
        second = await shop.attach(checkout, await shop.source(checkout, "wireTransfer"))
        after = await shop.ok("GET", f"/checkouts/{checkout['id']}")

        assert [one["id"] for one in after["payment"]["sources"]] == [second["id"]]
        assert (await shop.ok("GET", f"/sources/{first['id']}"))["state"] == "cancelled"

    async def test_credit_comes_before_the_primary_source(self, shop):
        """Once a single-use primary source is there no credit can be added."""
        checkout = await shop.ready()
        session = checkout["payment"]["session"]["id"]
        credit = {"type": "customerCredit", "amount": 5, "paymentSessionId": session}
        gift = await shop.ok("POST", "/sources", credit)
        path = f"/checkouts/{checkout['id']}/sources/{gift['id']}"
        status, body, _ = await shop.call("POST", path)

        assert status == 409
        assert _published("409.session_update_not_allowed.none") == body

    async def test_too_much_credit(self, shop):
        """A credit above what is to be paid is refused."""
        checkout = await shop.checkout()
        session = checkout["payment"]["session"]["id"]
        credit = {"type": "customerCredit", "amount": 500, "paymentSessionId": session}
        status, body, _ = await shop.call("POST", "/sources", credit)

        assert status == 409
        assert _published("409.session_source_amount_too_large.none") == body

    async def test_only_storable_sources_are_saved(self, shop):
        """A method that cannot be reused cannot be saved."""
        await shop.ok("POST", "/customers", {"id": "c-1"})
        source = await shop.source(None, "googlePay", readyForStorage=False)
        status, body, _ = await shop.call("POST", f"/customers/c-1/sources/{source['id']}")

        assert status == 409
        assert _published("409.nonreusable_source.none") == body

    async def test_a_saved_source_is_its_customers_own(self, shop):
        """A saved source pays for its customer again and again, and for nobody else."""
        await shop.ok("POST", "/customers", {"id": "c-1"})
        source = await shop.source(None)
        await shop.ok("POST", f"/customers/c-1/sources/{source['id']}")
        for number in range(2):
            mine = await shop.checkout(f"p-{number}", customerId="c-1", sourceId=source["id"])
            await shop.ok("POST", "/orders", {"checkoutId": mine["id"]})
        other = await shop.checkout("p-3")
        path = f"/checkouts/{other['id']}/sources/{source['id']}"
        refusal = await shop.refused("POST", path)

        assert (refusal[0], refusal[1]["code"]) == (409, "source_in_use")

    async def test_a_consumed_source(self, shop):
        """A source that paid an order cannot pay another."""
        order = await shop.order()
        source = order["payment"]["sources"][0]["id"]
        checkout = await shop.checkout("p-2")
        refusal = await shop.refused("POST", f"/checkouts/{checkout['id']}/sources/{source}")

        assert (refusal[0], refusal[1]["code"]) == (409, "source_not_chargeable")
