import pytest


class TestLists:
    async def test_newest_first_in_pages(self, shop):
        """A list is cut into pages, newest first, and goes on after a cursor or before one."""
        orders = [await shop.order(f"p-{number}") for number in range(3)]
        first = await shop.ok("GET", "/orders?limit=2")
        cursor = first["data"][-1]["id"]
        second = await shop.ok("GET", f"/orders?limit=2&startingAfter={cursor}")
        before = await shop.ok("GET", f"/orders?limit=1&endingBefore={cursor}&startingAfter=x")

        assert [one["id"] for one in first["data"]] == [orders[2]["id"], orders[1]["id"]]
        assert first["hasMore"]
        assert [one["id"] for one in second["data"]] == [orders[0]["id"]]
        assert [one["id"] for one in before["data"]] == [orders[2]["id"]]

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ("upstreamIds=p-0,p-1", 2),
            ("upstreamIds=p-0&upstreamIds=p-1", 2),
            ("state=accepted", 3),
            ("state=cancelled", 0),
            ("email=erika@example.com&currency=EUR", 3),
            ("createdTime[gte]=2000-01-01T00:00:00Z", 3),
            ("createdTime[lt]=2000-01-01T00:00:00Z", 0),
            ("accepted[gt]=2000-01-01T00:00:00Z", 3),
            ("totalAmount[gt]=91.04", 0),
            ("totalAmount[lte]=91.04", 3),
            ("skuId=lamp", 3),
            ("skuId=desk", 0),
            ("chargeType=customer_initiated", 3),
            ("fraudState=passed", 3),
        ],
    )
    async def test_filters(self, shop, query, count):
        """Each filter keeps what it should."""
        for number in range(3):
            await shop.order(f"p-{number}")
        found = await shop.ok("GET", f"/orders?{query}")

        assert len(found["data"]) == count

    async def test_by_checkout(self, shop):
        """An order is found by its checkout, which is the look-up after a lost answer."""
        checkout = await shop.ready()
        order = await shop.ok("POST", "/orders", {"checkoutId": checkout["id"]})
        found = await shop.ok("GET", f"/orders?checkoutId={checkout['id']}")

        assert [one["id"] for one in found["data"]] == [order["id"]]

    async def test_a_late_index(self, start):
        """With a late index a new order is in no list at first, yet can be read by its id."""
        shop = await start(late_index="PT5S")
        order = await shop.order()
        at_first = await shop.ok("GET", "/orders?upstreamIds=p-1")
        by_id = await shop.reread(order)
        await shop.advance("PT6S")
        later = await shop.ok("GET", "/orders?upstreamIds=p-1")

        assert at_first["data"] == []
        assert by_id["id"] == later["data"][0]["id"]


class TestUpdatedTime:
    """Who asks for the orders that were updated since some time misses none."""

    @pytest.mark.parametrize(
        ("kind", "given", "steps"),
        [
            ("wireTransfer", {}, ["pay review", "review pass", "ship", "dispute", "resolve"]),
            ("creditCard", {}, ["ship", "refund"]),
            ("creditCard", {}, ["cancel"]),
            ("creditCard", {"last_name": "CaptureFail"}, ["ship"]),
            ("creditCard", {"last_name": "Review"}, ["review block"]),
            ("wireTransfer", {}, ["cancel"]),
            ("wireTransfer", {}, ["charge-fails"]),
            ("konbini", {}, ["expire"]),
            ("bancontact", {}, ["pay"]),
            ("bancontact", {}, ["abandon"]),
            ("bancontact", {"last_name": "ChargeRemainPending"}, ["pay"]),
            ("bancontact", {"last_name": "ChargeFailedAfterPending"}, ["pay"]),
        ],
    )
    async def test_moves_with_every_change(self, start, kind, given, steps):
        """Whatever changes of an order, at once or in the minute after, its time says so."""
        # Times are in whole seconds, so that nothing may follow within one.
        shop = await start(settle_delay="PT2S", capture_delay="PT2S")
        order = await shop.order(kind=kind, **given)
        for step in steps:
            await shop.advance("PT1M")
            before = await shop.reread(order)
            await self._take(shop, before, *step.split())
            at_once = await shop.reread(order)
            await shop.advance("PT1M")
            later = await shop.reread(order)

            assert at_once != before or later != before
            for old, new in ((before, at_once), (at_once, later)):
                assert old == new or old["updatedTime"] < new["updatedTime"]

    async def _take(self, shop, order, step, how=""):
        match step:
            case "ship":
                await shop.fulfill(order, (3, 0), (0, 1))
            case "cancel":
                await shop.fulfill(order, (0, 3), (0, 1))
            case "refund":
                money = {"currency": "EUR", "amount": float(order["availableToRefundAmount"])}
                await shop.ok("POST", "/refunds", {"orderId": order["id"], "reason": "x", **money})
            case _:
                body = {"decision": how} if step == "review" else {"then": how}
                await shop.control(order, step, **body)
