import pytest


async def _last(shop, kind):
    return (await shop.ok("GET", f"/events?type={kind}"))["data"][0]


class TestContradictions:
    """Where the documents contradict each other, both sides can be had."""

    @pytest.mark.parametrize(("variant", "field"), [("order", "items"), ("charge", "failureCode")])
    async def test_what_a_failed_charge_carries(self, start, variant, field):
        """`order.charge.failed` carries the order or the charge."""
        shop = await start(charge_failed_object=variant)
        order = await shop.order(kind="wireTransfer")
        await shop.control(order, "charge-fails")
        event = await _last(shop, "order.charge.failed")

        assert field in event["data"]["object"]

    @pytest.mark.parametrize(("variant", "field"), [("order", "items"), ("charge", "refunds")])
    async def test_what_a_failed_refund_carries(self, start, variant, field):
        """`order.charge.refund.failed` carries the order or the charge."""
        shop = await start(refund_failed_object=variant)
        order = await shop.order(number="4000000000004111")
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance()
        body = {"orderId": order["id"], "currency": "EUR", "percent": 100}
        await shop.ok("POST", "/refunds", body)
        await shop.advance()
        event = await _last(shop, "order.charge.refund.failed")

        assert field in event["data"]["object"]

    @pytest.mark.parametrize("field", ["digitalriverVersion", "digitalRiverVersion"])
    async def test_how_the_version_is_spelled(self, start, field):
        """An event's version has a small or a capital r."""
        shop = await start(version_field=field)
        await shop.order()

        assert (await _last(shop, "order.accepted"))[field] == "2021-12-13"

    @pytest.mark.parametrize("code", ["order-fraud-failure", "fraud_block"])
    async def test_the_code_of_a_fraud_block(self, start, code):
        """A blocked order has a connector's code or the documents'."""
        shop = await start(fraud_code=code)
        checkout = await shop.ready(last_name="FraudBlock")
        refusal = await shop.refused("POST", "/orders", {"checkoutId": checkout["id"]})

        assert refusal[1]["code"] == code

    @pytest.mark.parametrize("variant", ["cancelled", "pending_payment"])
    async def test_the_state_after_a_failed_charge(self, start, variant):
        """A failed charge cancels the order or leaves it pending."""
        shop = await start(charge_failed_state=variant)
        order = await shop.order(kind="wireTransfer")

        assert (await shop.control(order, "charge-fails"))["state"] == variant

    @pytest.mark.parametrize(("variant", "state"), [("former", "complete"), ("accepted",) * 2])
    async def test_the_state_after_a_dispute(self, start, variant, state):
        """A resolved dispute leads back to the former state or to accepted."""
        shop = await start(dispute_resolved=variant)
        order = await shop.order()
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance()
        await shop.control(order, "dispute")

        assert (await shop.control(order, "resolve"))["state"] == state

    @pytest.mark.parametrize(("variant", "state"), [(True, "passed"), (False, None)])
    async def test_the_fraud_state_of_a_pending_order(self, start, variant, state):
        """A pending order has passed the review already, or has no fraud state yet."""
        shop = await start(fraud_state_on_pending=variant)
        order = await shop.order(kind="wireTransfer")

        assert order.get("fraudState") == state

    @pytest.mark.parametrize(("mode", "sent"), [("test", 5), ("test_three", 4), ("short", 5)])
    async def test_how_often_a_webhook_is_tried_again(self, start, receiver, mode, sent):
        """In test mode there are four retries or three, in a short one four."""
        shop = await start(webhook_retries=mode)
        receiver.answers = [500] * 9
        await shop.order()
        await shop.advance("P1D")

        assert len(receiver.received) == sent

    @pytest.mark.parametrize(("variant", "status"), [("strict", 400), ("lenient", 201)])
    async def test_an_american_sender_without_a_postal_code(self, start, variant, status):
        """A ship-from in the United States needs a postal code, or the country alone will do."""
        shop = await start(us_ship_from=variant)
        checkout = await shop.ready(checkout={"shipFrom": {"address": {"country": "US"}}})

        answer = await shop.call("POST", "/orders", {"checkoutId": checkout["id"]})

        assert answer[0] == status
