from decimal import Decimal

import pytest


class TestLifeCycle:
    async def test_shipped_and_captured(self, shop):
        """A whole shipment goes from fulfillment to capture, fulfilled, complete and invoice."""
        order = await shop.order()
        await shop.fulfill(order, (3, 0), (1, 0))
        at_once = await shop.reread(order)
        await shop.advance()
        after = await shop.reread(order)

        assert at_once["state"] == "accepted"
        assert after["state"] == "complete"
        assert "fraudState" not in after
        assert after["capturedAmount"] == after["totalAmount"] == after["availableToRefundAmount"]
        assert after["invoicePDFs"][0]["liveMode"] is False
        assert await shop.events("p-1") == [
            "order.accepted",
            "fulfillment.created",
            "order.charge.capture.pending",
            "order.fulfilled",
            "order.charge.capture.complete",
            "order.charge.complete",
            "order.complete",
            "order.invoice.created",
        ]

    async def test_the_event_shows_the_order_before(self, shop):
        """`fulfillment.created` carries the order as it was, without its payment."""
        order = await shop.order()
        await shop.fulfill(order, (3, 0), (1, 0))
        events = await shop.ok("GET", "/events?type=fulfillment.*")
        details = events["data"][0]["data"]["object"]["orderDetails"]

        assert (details["state"], "payment" in details) == ("accepted", False)

    async def test_a_pending_capture_counts_as_captured(self, start):
        """Captured counts pending captures, refundable does not."""
        shop = await start(capture_delay="PT1H")
        order = await shop.order()
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance()
        after = await shop.reread(order)

        assert (after["state"], after["capturedAmount"]) == ("fulfilled", Decimal("91.04"))
        assert after["payment"]["charges"][0]["state"] == "processing"
        assert after["availableToRefundAmount"] == 0

    async def test_captures_name_their_fulfillment(self, shop):
        """A charge by itself says what caused a capture; inside its order it does not."""
        order = await shop.order()
        parcel = await shop.fulfill(order, (1, 0))
        await shop.advance()
        inside = (await shop.reread(order))["payment"]["charges"][0]
        charge = await shop.ok("GET", f"/charges/{inside['id']}")

        assert charge["captures"][0]["fulfillmentId"] == parcel["id"]
        assert "fulfillmentId" not in inside["captures"][0]

    async def test_cancelled_in_whole(self, shop):
        """Cancelling every quantity cancels charge and order; nothing was captured."""
        order = await shop.order()
        await shop.fulfill(order, (0, 3), (0, 1))
        await shop.advance()
        after = await shop.reread(order)

        assert (after["state"], after["capturedAmount"]) == ("cancelled", 0)
        assert after["cancelledAmount"] == after["totalAmount"]
        assert after["payment"]["charges"][0]["state"] == "cancelled"
        assert (await shop.events("p-1"))[-1] == "order.cancelled"

    async def test_cancelled_in_part(self, shop):
        """Cancelling a line leaves the order accepted, without an `order.cancelled`."""
        order = await shop.order()
        await shop.fulfill(order, (0, 0), (0, 1))
        await shop.advance()
        after = await shop.reread(order)

        assert (after["state"], after["items"][1]["state"]) == ("accepted", "cancelled")
        assert after["cancelledAmount"] == Decimal("28.56")
        assert "order.cancelled" not in await shop.events("p-1")

    async def test_tracking_by_line_shows_on_the_fulfillment(self, shop):
        """Tracking sent with a line is kept."""
        order = await shop.order()
        request = shop.parcel(order, (1, 0))
        request["items"][0]["trackingNumber"] = "Z1"
        parcel = await shop.ok("POST", "/fulfillments", request)

        assert parcel["trackingNumber"] == "Z1"

    async def test_a_shipment_is_named(self, shop):
        """A fulfillment keeps the shipment's number and those of its items."""
        order = await shop.order()
        wish = shop.parcel(order, (3, 0), (1, 0))
        wish["items"][0]["shipmentItemId"] = "parcel-1-a"
        made = await shop.ok("POST", "/fulfillments", {**wish, "shipmentId": "parcel-1"})
        found = await shop.ok("GET", f"/fulfillments/{made['id']}")

        assert found["shipmentId"] == "parcel-1"
        assert [item.get("shipmentItemId") for item in found["items"]] == ["parcel-1-a", None]


class TestRefusals:
    @pytest.mark.parametrize(
        ("before", "wanted", "code"),
        [
            ([], [(4, 0)], "quantity_too_large"),
            ([], [(2, 2)], "quantity_too_large"),
            ([[(3, 0)]], [(1, 0)], "item_fulfilled"),
            ([[(0, 0), (0, 1)]], [(0, 0), (1, 0)], "item_cancelled"),
            ([[(0, 3), (0, 1)]], [(1, 0)], "order_cancelled"),
            ([[(3, 0), (1, 0)]], [(1, 0)], "order_complete"),
        ],
    )
    async def test_codes(self, shop, before, wanted, code):
        """What is done or too much is refused by its own code."""
        order = await shop.order()
        for quantities in before:
            await shop.fulfill(order, *quantities)
            await shop.advance()
        refusal = await shop.refused("POST", "/fulfillments", shop.parcel(order, *wanted))

        assert (refusal[0], refusal[1]["code"]) == (409, code)

    async def test_fulfilled_but_not_complete(self, start):
        """An order whose captures are pending is refused as fulfilled."""
        shop = await start(capture_delay="PT1H")
        order = await shop.order()
        await shop.fulfill(order, (3, 0), (1, 0))
        refusal = await shop.refused("POST", "/fulfillments", shop.parcel(order, (1, 0)))

        assert refusal[1]["code"] == "order_fulfilled"
        assert refusal[1]["message"] == f"Resource '{order['id']}' is fulfilled."

    async def test_one_bad_line_refuses_the_whole(self, shop):
        """Nothing of a refused request is carried out."""
        order = await shop.order()
        await shop.refused("POST", "/fulfillments", shop.parcel(order, (1, 0), (2, 0)))
        await shop.fulfill(order, (3, 0), (1, 0))
        ledger = await shop.ledger("p-1")

        assert len(ledger["fulfillments"]) == 1

    @pytest.mark.parametrize("state", ["in_review", "pending_payment", "blocked"])
    async def test_only_accepted_orders_ship(self, shop, state):
        """Nothing ships before an order is accepted, or once it is blocked."""
        kind = "wireTransfer" if state == "pending_payment" else "creditCard"
        order = await shop.order(kind=kind, last_name="Review")
        if state == "blocked":
            await shop.control(order, "review", decision="block")
        refusal = await shop.refused("POST", "/fulfillments", shop.parcel(order, (1, 0)))

        assert (refusal[0], refusal[1]["code"]) == (409, "order_not_submitted")

    async def test_an_expired_authorisation(self, start):
        """A risk-averse account refuses to capture after a week, and says so by an event."""
        shop = await start(authorization="averse")
        order = await shop.order()
        await shop.advance("P8D")
        status, body, _ = await shop.call("POST", "/fulfillments", shop.parcel(order, (1, 0)))

        assert status == 409
        assert "type" not in body
        assert body["errors"][0]["code"] == "payment_authorization_failed"
        assert (await shop.events("p-1"))[-1] == "order.charge.reauth.failed"

    async def test_an_expired_authorisation_can_be_cancelled(self, start):
        """What can no longer be captured can still be cancelled."""
        shop = await start(authorization="averse")
        order = await shop.order()
        await shop.advance("P8D")
        await shop.fulfill(order, (0, 3), (0, 1))
        await shop.advance()

        assert (await shop.reread(order))["state"] == "cancelled"


class TestRefunds:
    async def test_in_part_and_in_full(self, shop):
        """Refunds lower what is available; a full one returns the order."""
        order = await shop.order()
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance()
        base = {"orderId": order["id"], "currency": "EUR"}
        line = {"items": [{"itemId": order["items"][1]["id"], "quantity": 1}]}
        await shop.ok("POST", "/refunds", {**base, **line})
        await shop.advance()
        part = await shop.reread(order)
        await shop.ok("POST", "/refunds", {**base, "percent": 100})
        await shop.advance()
        full = await shop.reread(order)

        assert (part["state"], part["refundedAmount"]) == ("complete", Decimal("28.56"))
        assert part["items"][1]["availableToRefundAmount"] == 0
        assert part["items"][0]["availableToRefundAmount"] == Decimal("35.7")
        assert (full["state"], full["availableToRefundAmount"]) == ("returned", 0)
        assert full["creditMemoPDFs"]

    @pytest.mark.parametrize(
        ("asked", "parameter"),
        [
            ({"currency": "EUR", "amount": 91.05}, "amountRequested"),
            ({"currency": "USD", "amount": 1}, "currency"),
            ({"currency": "EUR", "type": "tax", "percent": 50}, "percentRequested"),
            ({"currency": "EUR"}, "amount"),
            ({"currency": "EUR", "percent": 101}, "percent"),
        ],
    )
    async def test_refusals(self, shop, asked, parameter):
        """A refund that cannot be is refused by its parameter."""
        order = await shop.order()
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance()
        refusal = await shop.refused("POST", "/refunds", {"orderId": order["id"], **asked})

        assert (refusal[0], refusal[1]["parameter"]) == (400, parameter)

    async def test_nothing_before_a_capture(self, shop):
        """Of an order that is not captured nothing can be refunded."""
        order = await shop.order()
        body = {"orderId": order["id"], "currency": "EUR", "percent": 100}
        refusal = await shop.refused("POST", "/refunds", body)

        assert refusal[1]["parameter"] == "amountRequested"

    async def test_money_still_held_keeps_an_order_from_being_returned(self, shop):
        """Refunded in full, an order whose cancel failed is not returned."""
        order = await shop.order(number="4000000000004442")
        await shop.fulfill(order, (0, 1))
        await shop.fulfill(order, (2, 0), (1, 0))
        await shop.advance()
        body = {"orderId": order["id"], "currency": "EUR", "percent": 100}
        await shop.ok("POST", "/refunds", body)
        await shop.advance()
        after = await shop.reread(order)

        assert (after["availableToRefundAmount"], after["state"]) == (0, "fulfilled")

    async def test_two_refunds_at_once_share_what_is_there(self, shop):
        """A refund under way holds its amount."""
        order = await shop.order()
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance()
        body = {"orderId": order["id"], "currency": "EUR", "percent": 100}
        await shop.ok("POST", "/refunds", body)

        assert (await shop.refused("POST", "/refunds", body))[0] == 400
