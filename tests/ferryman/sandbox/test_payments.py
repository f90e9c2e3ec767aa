import pytest


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
        assert {item["state"] for item in after["items"]} == {"created"}

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
