import asyncio

import pytest


async def _violations(shop):
    return (await shop.ledger())["violations"]


class TestMidway:
    async def test_a_pending_capture(self, kept):
        """A capture that is pending over two restarts ends once, at its time, to the cent."""
        shop = await kept.start(capture_delay="PT1H")
        order = await shop.order()
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance("PT1M")
        shop = await kept.restart(shop)
        await shop.advance("PT30M")
        before = await shop.reread(order)
        shop = await kept.restart(shop)
        await shop.advance("PT31M")
        after = await shop.reread(order)
        types = await shop.events("p-1")

        assert (before["state"], after["state"]) == ("fulfilled", "complete")
        assert before["payment"]["charges"][0]["state"] == "processing"
        assert after["availableToRefundAmount"] == after["totalAmount"] == after["capturedAmount"]
        assert sum(one["availableToRefundAmount"] for one in after["items"]) > 0
        assert types.count("order.charge.capture.complete") == types.count("order.complete") == 1
        assert await _violations(shop) == []

    async def test_a_fulfillment_that_nothing_has_followed_yet(self, kept):
        """What was reported just before a restart is captured and cancelled after it."""
        shop = await kept.start(settle_delay="PT1H")
        order = await shop.order()
        await shop.fulfill(order, (2, 1), (1, 0))
        shop = await kept.restart(await kept.restart(shop))
        await shop.advance("PT2H")
        after = await shop.reread(order)

        assert after["state"] == "complete"
        assert after["capturedAmount"] + after["cancelledAmount"] == after["totalAmount"]
        assert await _violations(shop) == []

    async def test_a_payment_window(self, kept):
        """A window closes when it would have, however often the sandbox was restarted in it."""
        shop = await kept.start()
        order = await shop.order(kind="konbini")
        shop = await kept.restart(shop)
        await shop.advance("P6DT23H")
        shop = await kept.restart(shop)
        before = await shop.reread(order)
        await shop.advance("PT2H")
        after = await shop.reread(order)

        assert (before["state"], after["state"]) == ("pending_payment", "cancelled")
        assert await shop.events("p-1") == ["order.pending_payment", "order.cancelled"]
        assert await _violations(shop) == []

    async def test_money_for_an_order_of_before(self, kept):
        """An order that waits for money over restarts takes it, and its source is used up."""
        shop = await kept.start()
        order = await shop.order(kind="konbini")
        shop = await kept.restart(await kept.restart(shop))
        await shop.control(order, "pay")
        after = await shop.reread(order)
        source = await shop.ok("GET", f"/sources/{order['payment']['sources'][0]['id']}")

        assert (after["state"], source["state"]) == ("accepted", "consumed")
        assert (
            after["payment"]["session"]["clientSecret"]
            == (order["payment"]["session"]["clientSecret"])
        )

    async def test_a_review(self, kept):
        """A review that decides itself does so after restarts."""
        shop = await kept.start(review_delay="PT1H")
        order = await shop.order(last_name="Review")
        shop = await kept.restart(shop)
        await shop.advance("PT59M")
        shop = await kept.restart(shop)
        before = await shop.reread(order)
        await shop.advance("PT2M")
        after = await shop.reread(order)

        assert (before["state"], after["state"]) == ("in_review", "accepted")
        assert await _violations(shop) == []

    async def test_a_refund(self, kept):
        """A refund that waits for bank details expires after restarts."""
        shop = await kept.start()
        order = await shop.order(kind="wireTransfer")
        await shop.control(order, "pay")
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance("PT1M")
        body = {"orderId": order["id"], "currency": "EUR", "percent": 100}
        refund = await shop.ok("POST", "/refunds", body)
        shop = await kept.restart(shop)
        await shop.advance("PT1M")
        shop = await kept.restart(shop)
        before = await shop.ok("GET", f"/refunds/{refund['id']}")
        await shop.advance("P31D")
        after = await shop.ok("GET", f"/refunds/{refund['id']}")

        assert (before["state"], after["state"]) == ("pending_information", "expired")
        assert await _violations(shop) == []

    async def test_an_open_checkout(self, kept):
        """A checkout and the source attached to it make an order after restarts."""
        shop = await kept.start()
        checkout = await shop.ready()
        shop = await kept.restart(await kept.restart(shop))
        order = await shop.ok("POST", "/orders", {"checkoutId": checkout["id"]})

        assert (order["state"], order["totalAmount"]) == ("accepted", checkout["totalAmount"])

    async def test_a_call_that_is_carried_out_late(self, kept):
        """A call that a fault has put off is carried out after a restart, and booked as such."""
        shop = await kept.start()
        checkout = await shop.ready()
        fault = {"path": "/orders", "kind": "late_commit", "delay": "PT1H", "status": 504}
        await shop.ok("POST", "/_sandbox/faults", fault)
        await shop.call("POST", "/orders", {"checkoutId": checkout["id"]})
        shop = await kept.restart(shop)
        await shop.advance("PT2H")
        ledger = await shop.ledger("p-1")

        assert [order["state"] for order in ledger["orders"]] == ["accepted"]
        assert [one["lateStatus"] for one in ledger["requests"] if one["fault"]] == [201]


class TestDeliveries:
    async def test_retries_go_on(self, kept, receiver):
        """An event that is refused over restarts comes again at its time, counted on."""
        receiver.answers = [503] * 3
        shop = await kept.start()
        await shop.order()
        await shop.advance("PT1M")
        shop = await kept.restart(shop)
        await shop.advance("PT5M")
        shop = await kept.restart(shop)
        before = len(receiver.received)
        await shop.advance("PT1H")
        (record,) = (await shop.ledger("p-1"))["events"][-1:]

        assert (before, len(receiver.received)) == (2, 4)
        assert record["state"] == "delivered"
        assert [one["attempt"] for one in record["deliveries"]] == [1, 2, 3, 4]
        assert len({body for _, body, _ in receiver.received}) == 1
        assert await _violations(shop) == []

    @pytest.mark.parametrize("early", [False, True])
    async def test_one_that_was_cut_off_comes_again(self, kept, receiver, early):
        """A delivery whose answer a restart has cut off is made once more."""
        receiver.answers = ["hang"]
        shop = await kept.start(webhook_timeout=60, settle_delay=0, early_events=early)
        checkout = await shop.ready()
        ordering = asyncio.create_task(shop.call("POST", "/orders", {"checkoutId": checkout["id"]}))
        await receiver.arrived(1)
        await kept.restart(shop)
        await asyncio.gather(ordering, return_exceptions=True)
        await receiver.arrived(2)

        assert receiver.types == ["order.accepted"] * 2

    async def test_they_follow_the_address(self, kept, receiver):
        """What the settings' webhook has not got goes to where they point after a restart."""
        shop = await kept.start(webhook_url="http://127.0.0.1:9/hook")
        await shop.order()
        await shop.advance("PT1M")
        shop = await kept.restart(shop, webhook_url=receiver.url)
        await shop.advance("PT5M")

        assert receiver.types == ["order.accepted"]

    async def test_held_ones_are_held(self, kept, receiver):
        """Rules outlive a restart, and so do the events which they hold."""
        shop = await kept.start()
        await shop.ok("POST", "/_sandbox/event-rules", {"action": "hold"})
        await shop.order()
        shop = await kept.restart(shop)
        await shop.order("p-2")
        await shop.advance()
        before = list(receiver.types)
        await shop.ok("POST", "/_sandbox/events/release")

        assert (before, receiver.types) == ([], ["order.accepted"] * 2)
