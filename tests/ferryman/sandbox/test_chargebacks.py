from decimal import Decimal

import pytest


async def _shipped(shop):
    order = await shop.order()
    await shop.fulfill(order, (3, 0), (1, 0))
    await shop.advance()
    return order


async def test_granted(shop):
    """A chargeback ends the dispute, and takes all that could have been refunded."""
    order = await _shipped(shop)
    await shop.control(order, "dispute")
    after = await shop.control(order, "chargeback")
    body = {"orderId": order["id"], "currency": "EUR", "percent": 100}
    refusal = await shop.refused("POST", "/refunds", body)

    assert (after["state"], after["availableToRefundAmount"]) == ("complete", 0)
    assert (refusal[0], refusal[1]["parameter"]) == (400, "amountRequested")


async def test_granted_in_part(shop):
    """What the bank did not take can still be refunded; without a dispute one is opened."""
    order = await _shipped(shop)
    after = await shop.control(order, "chargeback", amount=40, type="non_fraud_chargeback")
    body = {"orderId": order["id"], "currency": "EUR", "percent": 100}
    await shop.ok("POST", "/refunds", body)
    await shop.advance()
    (charge,) = (await shop.reread(order))["payment"]["charges"]

    assert after["availableToRefundAmount"] == Decimal("51.04")
    assert [part["amount"] for part in charge["refunds"]] == [Decimal(40), Decimal("51.04")]
    assert "order.dispute" in await shop.events("p-1")


async def test_what_is_told(shop):
    """The sales transaction and the order's events tell the amount; the fee's tells none."""
    order = await _shipped(shop)
    await shop.control(order, "chargeback", amount=40)
    told = [
        (event["type"], event["data"]["object"]["orderId"], event["data"]["object"]["amount"])
        for kind in ("sales_transaction.created", "order.chargeback")
        for event in (await shop.ok("GET", f"/events?type={kind}"))["data"]
    ]

    assert told == [
        ("sales_transaction.created", order["id"], 40),
        ("order.chargeback", order["id"], 0),
        ("order.chargeback", order["id"], 40),
    ]
    assert (await shop.ledger())["violations"] == []


@pytest.mark.parametrize("wrong", [{"amount": 1000}, {"amount": 0}, {"type": "theft"}])
async def test_nonsense(shop, wrong):
    """More than is there, nothing, or an unknown kind is refused."""
    await _shipped(shop)
    path = "/_sandbox/orders/upstream:p-1/chargeback"

    assert (await shop.refused("POST", path, wrong))[0] == 400


async def test_nothing_captured(shop):
    """What was never captured cannot be charged back."""
    await shop.order()

    assert (await shop.refused("POST", "/_sandbox/orders/upstream:p-1/chargeback"))[0] == 409
