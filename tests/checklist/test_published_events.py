"""Each event that Digital River has published, sent to the real door: taken, and with its effect.

The sandbox sends none by itself here, so that what changes was changed by the event alone.
"""

from decimal import Decimal

import pytest

from ferryman.purchase.purchase import RefundState, workflow_id
from ferryman.purchase.states import State
from tests.checklist.published import (
    EVENTS,
    EVERYTHING,
    FAILED_REFUND,
    PENDING_CAPTURE,
    complete,
    published,
    refunded_elsewhere,
    shipped,
    until_refund,
)
from tests.workflows.shop import Shopper


@pytest.fixture
def hear(door):
    """Send a published event, twice; both are taken."""

    async def hear(name, shopper, **subject):
        event = published(name, await shopper.order_id(), **subject)
        replies = [await door.webhook(event) for _ in range(2)]
        assert [202, 202] == [reply.status for reply in replies]

    return hear


def test_every_published_type_is_tried():
    """No example lies there without a test."""
    untried = [
        path.stem
        for path in EVENTS.glob("*.json")
        if f"test_{path.stem.replace('.', '_')}" not in globals()
    ]

    assert [] == untried


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


async def test_order_charge_reauth_failed(shop, hear):
    """An authorisation that could not be renewed calls a person."""
    shopper = await shop.begin()
    await shopper.order()
    await hear("order.charge.reauth.failed", shopper)
    record = await shop.until(shopper, lambda record: record.needs_attention)

    assert "reauthorization_failed" == record.needs_attention.reason
    assert State.ACCEPTED == record.state


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


async def test_refund_pending(shop, hear):
    """A refund that somebody else has made is shown from its first event on."""
    shopper = await complete(shop, hear)
    made = await refunded_elsewhere(shop, shopper, amount=Decimal(1))
    await hear("refund.pending", shopper, id=made.id)
    record = await shop.until(shopper, lambda record: record.refunds)

    assert [(made.id, Decimal(1))] == [(each.id, each.amount) for each in record.refunds]


async def test_refund_pending_information(shop, hear):
    """The storefront gets the token with which the shopper names a bank account."""
    shopper = await shop.begin()
    await shopper.order("wireTransfer")
    await shopper.at_provider("pay")
    await hear("order.accepted", shopper)
    await shopper.until(State.ACCEPTED)
    await shopper.ship("parcel-1", *EVERYTHING)
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0]["state"] == "complete")
    await refunded_elsewhere(shop, shopper, amount=Decimal(1))
    theirs = await until_refund(shop, shopper, "pending_information")
    await hear("refund.pending_information", shopper, id=theirs["id"])
    record = await shop.until(
        shopper, lambda record: record.refunds and record.refunds[0].information
    )

    assert RefundState.PENDING_INFORMATION == record.refunds[0].state
    assert theirs["tokenInformation"]["token"] == record.refunds[0].information.token


async def test_refund_complete(shop, hear):
    """A refund ends once, with its amount."""
    shopper = await complete(shop, hear)
    await refunded_elsewhere(shop, shopper, amount=Decimal(1))
    theirs = await until_refund(shop, shopper, "succeeded")
    await hear("refund.complete", shopper, id=theirs["id"])
    record = await shop.until(
        shopper, lambda record: record.refunds and record.refunds[0].state == "succeeded"
    )

    assert [Decimal(1)] == [each.refunded_amount for each in record.refunds]
    assert Decimal(1) == record.order.refunded_amount


async def test_refund_failed(shop, hear):
    """A refund that the bank refuses gives its reason and calls a person."""
    shopper = await complete(shop, hear, card=FAILED_REFUND)
    await refunded_elsewhere(shop, shopper, amount=Decimal(1))
    theirs = await until_refund(shop, shopper, "failed")
    await hear("refund.failed", shopper, id=theirs["id"])
    record = await shop.until(
        shopper, lambda record: record.refunds and record.refunds[0].state == "failed"
    )

    assert record.refunds[0].failure_reason
    assert "refund_failed" == record.needs_attention.reason
    assert not record.order.refunded_amount


async def test_return_accepted(shop, door, hear):
    """Goods that were accepted elsewhere are back, and what they bring is the purchase's too."""
    shopper = await complete(shop, hear)
    wanted = {"returnId": "r1", "items": [{"lineId": "1", "quantity": 1}], "reason": "too small"}
    await door.send("POST", f"/purchases/{shopper.id}/returns", wanted)
    returned = (await shopper.ledger())["returns"][0]["id"]
    await shop.digital_river.accept_return(returned)
    theirs = await until_refund(shop, shopper, "succeeded")
    await hear("return.accepted", shopper, id=returned, metadata={"returnId": "r1"})
    record = await shop.until(shopper, lambda record: record.refunds)

    assert [(returned, "accepted")] == [(each.id, each.state) for each in record.returns]
    assert [theirs["id"]] == [each.id for each in record.refunds]


async def test_order_invoice_created(shop, hear):
    """The shopper gets a public link; the address that needs our key goes nowhere."""
    shopper = await shipped(shop)
    await shop.until_ledger(
        shopper, lambda ledger: "order.invoice.created" in str(ledger["events"])
    )
    events = [entry["event"] for entry in (await shopper.ledger())["events"]]
    (theirs,) = [each for each in events if each["type"] == "order.invoice.created"]
    file_id = theirs["data"]["object"]["fileId"]
    await hear("order.invoice.created", shopper, fileId=file_id, id=file_id)
    record = await shop.until(shopper, lambda record: record.documents)

    assert ["invoice"] == [each.kind for each in record.documents]
    assert "/content" not in record.model_dump_json()


async def test_checkout_session_order_created(shop, door):
    """An order that Digital River has made itself begins a purchase, one."""
    name = f"{shop.task_queue}-prebuilt"
    session = await shop.digital_river.create_checkout_session(
        {
            "upstreamId": name,
            "currency": "EUR",
            "taxInclusive": False,
            "items": [{"skuId": "boots", "quantity": 2, "price": 10}],
            "shipFrom": {"address": {"country": "DE"}},
        }
    )
    order = await shop.control("POST", f"checkout-sessions/{session.id}/buy", {})
    event = published(
        "checkout_session.order.created",
        order["id"],
        upstreamId=name,
        checkoutSessionId=session.id,
    )
    replies = [await door.webhook(event) for _ in range(2)]
    handle = shop.temporal.client.get_workflow_handle(workflow_id(name))
    shopper = Shopper(shop, name, handle)
    record = await shop.until_recorded(shopper, lambda record: record.state is State.ACCEPTED)

    assert [202, 202] == [reply.status for reply in replies]
    assert (order["id"], [2]) == (record.order.id, [line.quantity for line in record.items])
    assert [] == (await shopper.ledger())["fulfillments"]
