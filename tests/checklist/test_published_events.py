"""Each event that Digital River has published, sent to the real door: taken, and with its effect.

The sandbox sends none by itself here, so that what changes was changed by the event alone.
"""

import json
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ferryman.purchase.states import State

EVENTS = Path(__file__).parents[1] / "ferryman" / "digital_river" / "examples" / "events"
PENDING_CAPTURE = "4024007120579635"
FAILED_REFUND = "4000000000004111"
EVERYTHING = (("1", 2, 0), ("2", 3, 0))


def published(name: str, order_id: str, **subject: Any) -> dict[str, Any]:
    """The published event, about this order and, where given, this refund, file or session."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    event["id"] = str(uuid.uuid4())
    told = event["data"]["object"]
    told["orderId" if "orderId" in told else "id"] = order_id
    if "orderDetails" in told:
        told["orderDetails"]["id"] = order_id
    told.update(subject)
    return event


@pytest.fixture
def hear(door):
    """Send a published event, twice; both are taken."""

    async def hear(name, shopper, **subject):
        event = published(name, await shopper.order_id(), **subject)
        replies = [await door.webhook(event) for _ in range(2)]
        assert [202, 202] == [reply.status for reply in replies]

    return hear


async def shipped(shop, **payment):
    """A purchase of which everything is shipped and captured, but not heard of."""
    shopper = await shop.begin()
    await shopper.order(**payment)
    await shopper.ship("parcel-1", *EVERYTHING)
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0]["state"] == "complete")
    return shopper


async def complete(shop, hear, **payment):
    """A purchase that is complete."""
    shopper = await shipped(shop, **payment)
    await hear("order.charge.capture.complete", shopper)
    await shopper.until(State.COMPLETE)
    return shopper


async def refunded_elsewhere(shop, shopper, **wanted):
    """A refund that Digital River's own people have made, once it stands in its first state."""
    order = (await shopper.ledger())["orders"][0]
    body = {"orderId": order["id"], "currency": order["currency"], **wanted}
    return await shop.digital_river.create_refund(body)


async def until_refund(shop, shopper, state):
    """Digital River's refund once it stands so."""
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == state)
    return (await shopper.ledger())["refunds"][0]


async def test_order_accepted(shop, hear):
    """A paid order may ship."""
    shopper = await shop.begin()
    await shopper.order("wireTransfer")
    await shopper.at_provider("pay")
    await hear("order.accepted", shopper)
    record = await shopper.until(State.ACCEPTED)

    assert "passed" == record.order.fraud_state
    assert 1 == (await shopper.names()).count("order.accepted")


async def test_order_pending_payment(shop, hear):
    """It is no reason to ship."""
    shopper = await shop.begin()
    await shopper.order("wireTransfer")
    await hear("order.pending_payment", shopper)
    await shop.until_names(shopper, "order.pending_payment")

    assert State.PENDING_PAYMENT == (await shopper.record()).state
    assert [] == (await shopper.ledger())["fulfillments"]


async def test_order_blocked(shop, hear):
    """A review that ends badly ends the purchase."""
    shopper = await shop.begin()
    await shopper.order(last_name="Review")
    await shopper.at_provider("review", decision="block")
    await hear("order.blocked", shopper)
    record = await shopper.until(State.BLOCKED)

    assert "blocked" == record.order.state
    assert record.customer_message


async def test_fulfillment_created(shop, hear):
    """What we reported ourselves is noted and not counted twice."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 1, 0))
    theirs = (await shopper.ledger())["fulfillments"][0]
    await hear("fulfillment.created", shopper, id=theirs["id"], items=theirs["items"])
    await shop.until_names(shopper, "fulfillment.created")
    line = (await shopper.record()).items[0]

    assert (1, 0, 1) == (line.fulfilled, line.cancelled, line.open)


async def test_order_charge_capture_pending(shop, hear):
    """Money under way is no money yet."""
    shopper = await shop.begin()
    await shopper.order(card=PENDING_CAPTURE)
    await shopper.ship("parcel-1", *EVERYTHING)
    await hear("order.charge.capture.pending", shopper)
    await shop.until_names(shopper, "order.charge.capture.pending")

    assert State.FULFILLED == (await shopper.record()).state


async def test_order_charge_capture_complete(shop, hear):
    """With the money of the last parcel the purchase is complete."""
    shopper = await shipped(shop)
    await hear("order.charge.capture.complete", shopper)
    record = await shopper.until(State.COMPLETE)
    theirs = (await shopper.ledger())["orders"][0]

    assert Decimal(str(theirs["capturedAmount"])) == record.order.captured_amount


async def test_order_fulfilled(shop, hear):
    """All goods have left, and not all money is in."""
    shopper = await shop.begin()
    await shopper.order(card=PENDING_CAPTURE)
    await shopper.ship("parcel-1", *EVERYTHING)
    await hear("order.fulfilled", shopper)
    await shop.until_names(shopper, "order.fulfilled")

    assert State.FULFILLED == (await shopper.record()).state


async def test_order_dispute(shop, hear):
    """A disputed purchase holds what it is asked to ship."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 1, 0))
    await shop.until_ledger(
        shopper, lambda ledger: ledger["orders"][0]["availableToRefundAmount"] > 0
    )
    await shopper.at_provider("dispute")
    await hear("order.dispute", shopper)
    await shopper.until(State.DISPUTED)
    answer = await shopper.ship("parcel-2", ("1", 1, 0))

    assert not answer.done
    assert 1 == len((await shopper.ledger())["fulfillments"])


async def test_order_refunded(shop, hear):
    """Refunded in full, long after its end, a purchase is returned."""
    shopper = await complete(shop, hear)
    await refunded_elsewhere(shop, shopper, percent=100)
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0]["state"] == "returned")
    await hear("order.refunded", shopper)
    record = await shopper.until(State.RETURNED)

    assert record.order.captured_amount == record.order.refunded_amount


async def test_order_charge_refund_complete(shop, hear):
    """Money that went back shows in the order's amounts."""
    shopper = await complete(shop, hear)
    await refunded_elsewhere(shop, shopper, amount=Decimal(1))
    await until_refund(shop, shopper, "succeeded")
    await hear("order.charge.refund.complete", shopper)
    record = await shop.until(shopper, lambda record: record.order.refunded_amount)

    assert (State.COMPLETE, Decimal(1)) == (record.state, record.order.refunded_amount)
