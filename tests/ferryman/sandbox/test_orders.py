import asyncio

import pytest


class TestCreation:
    async def test_what_a_checkout_carries_is_copied(self, shop):
        """Upstream id, metadata and line metadata go from the checkout to its order."""
        checkout = await shop.ready()
        order = await shop.ok("POST", "/orders", {"checkoutId": checkout["id"]})

        assert (checkout["id"], "p-1") == (order["checkoutId"], order["upstreamId"])
        assert order["metadata"] == {"shop": "berlin"}
        assert order["items"][0]["metadata"] == {"lineId": "a"}

    async def test_ids_are_new_and_numeric(self, shop):
        """An order and its items have numeric ids unlike the checkout's."""
        checkout = await shop.ready()
        order = await shop.ok("POST", "/orders", {"checkoutId": checkout["id"]})
        ids = [order["id"], *(item["id"] for item in order["items"])]

        assert all(identity.isdigit() and 12 <= len(identity) <= 13 for identity in ids)
        assert order["items"][0]["id"] != checkout["items"][0]["id"]

    async def test_fields_beside_the_checkout_are_ignored(self, shop):
        """What is sent beside `checkoutId` changes nothing."""
        checkout = await shop.ready()
        body = {"checkoutId": checkout["id"], "upstreamId": "other", "email": "x@example.com"}
        order = await shop.ok("POST", "/orders", body)

        assert (order["upstreamId"], order["email"]) == ("p-1", "erika@example.com")

    async def test_an_accepted_order(self, shop):
        """A good card gives an accepted order whose charge can be captured."""
        order = await shop.order()
        charge = order["payment"]["charges"][0]

        assert (order["state"], order["fraudState"]) == ("accepted", "passed")
        assert (charge["state"], charge["captured"]) == ("capturable", False)
        assert order["payment"]["session"]["state"] == "complete"
        assert list(order["stateTransitions"]) == ["accepted"]

    async def test_a_checkout_is_used_once(self, shop):
        """A checkout that made an order is not found any more."""
        checkout = await shop.ready()
        await shop.ok("POST", "/orders", {"checkoutId": checkout["id"]})
        refusal = await shop.refused("POST", "/orders", {"checkoutId": checkout["id"]})

        assert (refusal[0], refusal[1]["code"]) == (404, "not_found")
        assert refusal[1]["parameter"] == "orderId"

    async def test_two_at_once_make_one_order(self, shop):
        """Of two simultaneous creations from one checkout one is not found."""
        checkout = await shop.ready()
        body = {"checkoutId": checkout["id"]}
        calls = [shop.call("POST", "/orders", body) for _ in range(2)]
        statuses = sorted(status for status, _, _ in await asyncio.gather(*calls))

        assert statuses == [201, 404]

    async def test_a_409_uses_the_checkout_up(self, shop):
        """A declined checkout can never make an order."""
        checkout = await shop.ready(number="4000000000003600")
        declined = await shop.refused("POST", "/orders", {"checkoutId": checkout["id"]})
        again = await shop.refused("POST", "/orders", {"checkoutId": checkout["id"]})
        found = await shop.ok("GET", "/orders?upstreamIds=p-1")

        assert (declined[0], declined[1]["message"]) == (409, "Failed to charge source.")
        assert again[0] == 404
        assert found == {"hasMore": False, "data": []}

    async def test_a_400_leaves_the_checkout(self, shop):
        """A checkout that lacks something is mended and makes its order after all."""
        checkout = await shop.ready(checkout={"email": None})
        path, body = f"/checkouts/{checkout['id']}", {"checkoutId": checkout["id"]}
        refusal = await shop.refused("POST", "/orders", body)
        await shop.ok("POST", path, {"email": "erika@example.com"})
        order = await shop.ok("POST", "/orders", body)

        assert (refusal[0], refusal[1]["code"]) == (400, "order_create_failed")
        assert order["state"] == "accepted"

    async def test_without_a_checkout(self, shop):
        """A full request makes an order by itself."""
        source = await shop.source(None)
        body = {**shop.basket(), "sourceId": source["id"]}
        order = await shop.ok("POST", "/orders", body)

        assert order["state"] == "accepted"


class TestPushPayments:
    async def test_a_wire_transfer_waits_for_money(self, shop):
        """A pushed payment is pending, without charges or fraud state, and tells how to pay."""
        order = await shop.order(kind="wireTransfer")
        session = order["payment"]["session"]
        source = order["payment"]["sources"][0]

        assert (order["state"], session["state"]) == ("pending_payment", "pending_funds")
        assert session["nextAction"]["action"] == "show_payment_instructions"
        assert session["nextAction"]["data"]["sourceId"] == source["id"]
        assert "swiftCode" in source["wireTransfer"]
        assert "charges" not in order["payment"]
        assert "fraudState" not in order

    async def test_money_makes_it_accepted(self, shop):
        """When the funds arrive the order is accepted."""
        order = await shop.order(kind="konbini")
        await shop.control(order, "pay")
        after = await shop.reread(order)

        assert after["state"] == "accepted"
        assert await shop.events("p-1") == ["order.pending_payment", "order.accepted"]

    async def test_a_paid_order_may_be_reviewed(self, shop):
        """Paid money may lead to a review first."""
        order = await shop.order(kind="konbini")
        after = await shop.control(order, "pay", then="review")

        assert after["state"] == "in_review"

    @pytest.mark.parametrize(
        ("unpaid", "events", "state"),
        [
            ("cancelled", ["order.cancelled"], "cancelled"),
            ("charge_failed", ["order.charge.failed"], "cancelled"),
            (
                "charge_failed_then_cancelled",
                ["order.charge.failed", "order.cancelled"],
                "cancelled",
            ),
            (
                "cancelled_then_charge_failed",
                ["order.cancelled", "order.charge.failed"],
                "cancelled",
            ),
            ("silent", [], "pending_payment"),
        ],
    )
    async def test_unpaid(self, start, unpaid, events, state):
        """A window that closes unpaid ends as the variant says, at the time the window closes."""
        shop = await start(unpaid=unpaid)
        order = await shop.order(kind="konbini")
        await shop.advance("P6DT23H59M")
        before = await shop.events("p-1")
        await shop.advance("PT2M")
        after = await shop.reread(order)

        assert before == ["order.pending_payment"]
        assert await shop.events("p-1") == ["order.pending_payment", *events]
        assert after["state"] == state

    async def test_an_unpaid_order_fails_its_session(self, shop):
        """As published: cancelled, session failed, no charges, instructions still there."""
        order = await shop.order(kind="wireTransfer")
        await shop.control(order, "expire")
        after = await shop.reread(order)

        assert after["payment"]["session"]["state"] == "failed"
        assert "nextAction" in after["payment"]["session"]
        assert "charges" not in after["payment"]
        assert [item["state"] for item in after["items"]] == ["cancelled", "cancelled"]

    async def test_late_money_needs_force(self, shop):
        """Money for a cancelled order is refused, unless it is forced: then it is accepted."""
        order = await shop.order(kind="wireTransfer")
        await shop.control(order, "expire")
        refusal = await shop.refused("POST", f"/_sandbox/orders/{order['id']}/pay", {})
        after = await shop.control(order, "pay", force=True)

        assert refusal[0] == 409
        assert after["state"] == "accepted"
        assert after["payment"]["charges"][0]["state"] == "capturable"

    async def test_a_pending_order_can_be_cancelled(self, shop):
        """Cancelling every quantity of a pending order cancels it."""
        order = await shop.order(kind="wireTransfer")
        await shop.fulfill(order, (0, 3), (0, 1))
        await shop.advance()

        assert (await shop.reread(order))["state"] == "cancelled"
        assert (await shop.events("p-1"))[-1] == "order.cancelled"

    async def test_or_not_where_that_is_refused(self, start):
        """Under the other variant a pending order cannot be cancelled by its caller."""
        shop = await start(pending_cancel="refuse")
        order = await shop.order(kind="wireTransfer")
        parcel = shop.parcel(order, (0, 3), (0, 1))
        refusal = await shop.refused("POST", "/fulfillments", parcel)

        assert (refusal[0], refusal[1]["code"]) == (409, "order_not_submitted")


class TestRedirects:
    async def test_a_redirect_is_asked_about(self, shop):
        """An approved redirect moves on when it is refreshed."""
        order = await shop.order(kind="klarnaCredit", returnUrl="https://shop.example.com/back")
        session = order["payment"]["session"]
        await shop.control(order, "pay")
        pending = await shop.reread(order)
        after = await shop.ok("POST", f"/orders/{order['id']}/refresh")

        assert (order["state"], session["state"]) == ("pending_payment", "pending_redirect")
        assert session["nextAction"]["data"]["redirectUrl"].startswith("http")
        assert pending["payment"]["session"]["state"] == "pending"
        assert after["state"] == "accepted"

    async def test_or_moves_by_itself(self, shop):
        """Without a refresh an approved redirect moves on a little later."""
        order = await shop.order(kind="bancontact")
        await shop.control(order, "pay")
        await shop.advance()

        assert (await shop.reread(order))["state"] == "accepted"

    @pytest.mark.parametrize(
        ("variant", "state", "session"),
        [
            ("failed", "pending_payment", "failed"),
            ("pending", "pending_payment", "pending_redirect"),
            ("cancelled", "cancelled", "failed"),
        ],
    )
    async def test_abandoned(self, start, variant, state, session):
        """An abandoned redirect ends as the variant says, and a refresh does not change that."""
        shop = await start(redirect_cancel=variant)
        order = await shop.order(kind="bancontact")
        await shop.control(order, "abandon")
        after = await shop.ok("POST", f"/orders/{order['id']}/refresh")

        assert (after["state"], after["payment"]["session"]["state"]) == (state, session)

    async def test_a_wallet_is_approved_before(self, shop):
        """PayPal redirects first: its source is chargeable, its order accepted at once."""
        order = await shop.order(kind="payPal")

        assert order["state"] == "accepted"

    async def test_a_wallet_not_yet_approved(self, shop):
        """A wallet's source that is not approved yet makes no order."""
        checkout = await shop.ready(kind="payPal", approved=False)
        refusal = await shop.refused("POST", "/orders", {"checkoutId": checkout["id"]})

        assert (refusal[0], refusal[1]["code"]) == (400, "order_submit_failed")


class TestReviews:
    async def test_passed(self, shop):
        """A review that passes accepts the order."""
        order = await shop.order(last_name="Review")
        after = await shop.control(order, "review", decision="pass")

        assert order["state"] == "in_review"
        assert order["fraudState"] == "review_opened"
        assert (after["state"], after["fraudState"]) == ("accepted", "passed")

    async def test_blocked(self, shop):
        """A review that blocks cancels the charge and blocks the lines."""
        order = await shop.order(last_name="Review")
        after = await shop.control(order, "review", decision="block")
        charge = after["payment"]["charges"][0]

        assert (after["state"], after["fraudState"]) == ("blocked", "blocked")
        assert (charge["state"], charge["cancels"][0]["state"]) == ("cancelled", "complete")
        assert {item["state"] for item in after["items"]} == {"blocked"}

    async def test_decides_itself(self, start):
        """With a review delay a review passes by itself."""
        shop = await start(review_delay="PT1H")
        order = await shop.order(last_name="Review")
        await shop.advance("PT61M")

        assert (await shop.reread(order))["state"] == "accepted"

    async def test_a_charge_fails_later(self, shop):
        """An asynchronous failure is told on the charge and cancels the order."""
        order = await shop.order(last_name="Review")
        code = {"failureCode": "do_not_honor", "failureMessage": "Declined."}
        after = await shop.control(order, "charge-fails", **code)
        charge_id = after["payment"]["charges"][0]["id"]
        charge = await shop.ok("GET", f"/charges/{charge_id}")

        assert after["state"] == "cancelled"
        assert (charge["state"], charge["failureCode"]) == ("failed", "do_not_honor")
        assert (await shop.events("p-1"))[-1] == "order.charge.failed"


class TestDisputes:
    async def test_a_dispute_locks_and_ends(self, shop):
        """A dispute refuses fulfillments and refunds; resolved, the former state is back."""
        order = await shop.order()
        await shop.fulfill(order, (3, 0))
        await shop.advance()
        await shop.control(order, "dispute")
        parcel = await shop.refused("POST", "/fulfillments", shop.parcel(order, (0, 0), (1, 0)))
        asked = {"orderId": order["id"], "currency": "EUR", "percent": 100}
        refund = await shop.refused("POST", "/refunds", asked)
        after = await shop.control(order, "resolve")

        assert (parcel[0], parcel[1]["code"]) == (409, "order_not_submitted")
        assert (refund[0], refund[1]["parameter"]) == (400, "order")
        assert after["state"] == "accepted"
        assert (await shop.events("p-1"))[-2:] == ["order.dispute", "order.dispute.resolved"]


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
