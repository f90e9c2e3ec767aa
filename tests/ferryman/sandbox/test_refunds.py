from decimal import Decimal

import pytest


async def _shipped(shop, **given):
    order = await shop.order(**given)
    await shop.fulfill(order, (3, 0), (1, 0))
    await shop.advance()
    return await shop.reread(order)


def _asked(order, **more):
    return {"orderId": order["id"], "currency": "EUR", **more}


class TestWhatIsAvailable:
    async def test_a_pending_refund_counts(self, shop):
        """A refund lowers what is available from the moment it is asked for."""
        order = await _shipped(shop)
        await shop.ok("POST", "/refunds", _asked(order, percent=50))
        after = await shop.reread(order)

        assert (order["availableToRefundAmount"], after["availableToRefundAmount"]) == (
            Decimal("91.04"),
            Decimal("45.52"),
        )
        assert [item["availableToRefundAmount"] for item in after["items"]] == [
            Decimal("17.85"),
            Decimal("14.28"),
        ]
        assert after.get("refundedAmount", 0) == 0

    @pytest.mark.parametrize("reason", ["Expired credit card", None])
    async def test_a_failed_refund_gives_back(self, shop, reason):
        """A refund that the bank refuses says why, gives back what it held, and may be repeated."""
        order = await _shipped(shop)
        refund = await shop.ok("POST", "/refunds", _asked(order, percent=100))
        body = {"failureReason": reason} if reason else {}
        failed = await shop.ok("POST", f"/_sandbox/refunds/{refund['id']}/fail", body)
        after = await shop.reread(order)
        again = await shop.ok("POST", "/refunds", _asked(order, percent=100))
        await shop.advance()

        assert (failed["state"], failed["failureReason"]) == ("failed", reason or "Closed account")
        assert after["availableToRefundAmount"] == order["availableToRefundAmount"]
        assert [one["availableToRefundAmount"] for one in after["items"]] == [
            one["availableToRefundAmount"] for one in order["items"]
        ]
        assert (await shop.ok("GET", f"/refunds/{again['id']}"))["state"] == "succeeded"

    async def test_an_expired_refund_gives_back(self, shop):
        """Bank details that nobody gives in 30 days end a refund, and free what it held."""
        order = await shop.order(kind="wireTransfer")
        await shop.control(order, "pay")
        await shop.fulfill(order, (3, 0), (1, 0))
        await shop.advance()
        refund = await shop.ok("POST", "/refunds", _asked(order, percent=100))
        await shop.advance()
        waiting = await shop.ok("GET", f"/refunds/{refund['id']}")
        await shop.advance("P30D")
        after = await shop.ok("GET", f"/refunds/{refund['id']}")

        assert [one["state"] for one in waiting["charges"][0]["refunds"]] == ["pending_information"]
        assert (after["state"], "tokenInformation" in after) == ("expired", False)
        assert (await shop.reread(order))["availableToRefundAmount"] == Decimal("91.04")

    async def test_one_unit_at_a_time(self, shop):
        """Each unit of a line is worth the same, however many were refunded before."""
        order = await _shipped(shop)
        item = {"itemId": order["items"][0]["id"], "quantity": 1}
        refunds = [await shop.ok("POST", "/refunds", _asked(order, items=[item])) for _ in range(3)]

        amounts = [refund["items"][0]["amount"] for refund in refunds]
        assert amounts == [Decimal("11.9")] * 3
        assert (await shop.refused("POST", "/refunds", _asked(order, items=[item])))[0] == 400


class TestKinds:
    async def test_shipping(self, shop):
        """Shipping is refunded with its tax, leaves the lines alone, and is there only once."""
        order = await _shipped(shop)
        wish = _asked(order, type="shipping", percent=100)
        refund = await shop.ok("POST", "/refunds", wish)
        after = await shop.reread(order)
        again = await shop.refused("POST", "/refunds", wish)

        assert (refund["amount"], refund["type"]) == (Decimal("26.78"), "shipping")
        assert after["availableToRefundAmount"] == Decimal("64.26")
        assert [item["availableToRefundAmount"] for item in after["items"]] == [
            Decimal("35.7"),
            Decimal("28.56"),
        ]
        assert (again[0], again[1]["parameter"]) == (400, "amountRequested")

    @pytest.mark.parametrize("how", [{"percent": 100}, {"amount": 14.54}])
    async def test_tax(self, shop, how):
        """Tax is refunded in full, by percent or by its exact amount."""
        order = await _shipped(shop)
        refund = await shop.ok("POST", "/refunds", _asked(order, type="tax", **how))

        assert refund["amount"] == Decimal("14.54")

    @pytest.mark.parametrize("how", [{"percent": 99}, {"amount": 5}])
    async def test_part_of_the_tax(self, shop, how):
        """Part of the tax is refused."""
        order = await _shipped(shop)
        refusal = await shop.refused("POST", "/refunds", _asked(order, type="tax", **how))

        assert (refusal[0], refusal[1]["parameter"]) == (400, "percentRequested")

    @pytest.mark.parametrize("kind", ["fees", "duty"])
    async def test_what_was_never_charged(self, shop, kind):
        """Fees and duties of a line that had none are not to be had from its price."""
        order = await _shipped(shop)
        item = {"itemId": order["items"][0]["id"], "type": kind, "percent": 100}
        refusal = await shop.refused("POST", "/refunds", _asked(order, items=[item]))

        assert (refusal[0], refusal[1]["parameter"]) == (400, "amountRequested")

    async def test_fees_of_the_whole_order(self, shop):
        """Fees are refunded by line only."""
        order = await _shipped(shop)
        wish = _asked(order, type="fees", percent=100)

        assert (await shop.refused("POST", "/refunds", wish))[1]["parameter"] == "type"

    async def test_only_what_was_captured(self, shop):
        """Of a line shipped in part, the part that was captured can be refunded."""
        order = await shop.order()
        await shop.fulfill(order, (1, 0))
        await shop.advance()
        refund = await shop.ok("POST", "/refunds", _asked(order, type="shipping", percent=100))

        assert refund["amount"] == Decimal("8.93")


async def test_refunds_of_one_order(shop):
    """A list names one order's refunds only, with the metadata they were given."""
    orders = [await _shipped(shop, upstream_id=name) for name in ("p-1", "p-2")]
    for order in orders:
        note = {"refundId": order["upstreamId"]}
        await shop.ok("POST", "/refunds", _asked(order, amount=1, metadata=note))
    found = (await shop.ok("GET", f"/refunds?orderId={orders[0]['id']}"))["data"]

    assert [refund["metadata"] for refund in found] == [{"refundId": "p-1"}]
