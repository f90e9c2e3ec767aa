"""One order per purchase, nothing shipped before it is accepted, and what the shopper must do."""

import asyncio

import pytest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import Hint, Refusal, Shipment, ShipmentItem
from ferryman.purchase.states import State
from workflows.purchase import Purchase


async def test_submitted_five_times_at_once_is_one_order(shop):
    """However often the shopper presses the button, one order is asked for."""
    shopper = await shop.begin()
    await shopper.choose()
    answers = await asyncio.gather(*(shopper.submit() for _ in range(5)))
    calls = [
        call
        for call in (await shopper.ledger())["requests"]
        if (call["method"], call["path"]) == ("POST", "/orders")
    ]

    assert [True] * 5 == [answer.done for answer in answers]
    assert [201] == [call["status"] for call in calls]


async def test_order_is_asked_for_by_its_checkout_alone(shop):
    """The order has what the checkout had: nothing beside its id is left to be ignored."""
    shopper = await shop.begin()
    record = await shopper.order()
    order = (await shopper.ledger())["orders"][0]

    assert (shopper.id, record.checkout.id) == (order["upstreamId"], order["checkoutId"])
    assert "erika@example.com" == order["email"]


async def test_nothing_ships_while_money_is_awaited(shop):
    """An unpaid order is not fulfilled; the storefront gets what the instructions need."""
    shopper = await shop.begin()
    pending = await shopper.order("wireTransfer")
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.ship("parcel-1", ("1", 1, 0))

    asked = [call["path"] for call in (await shopper.ledger())["requests"]]
    assert Refusal.NOT_ALLOWED == caught.value.cause.type
    assert "fulfillments is not possible while the purchase is pending_payment" in str(
        caught.value.cause
    )
    assert [] == [path for path in asked if path.startswith("/fulfillments")]
    assert {"sourceId", "sourceClientSecret"} <= pending.next_action.data.keys()
    assert (pending.order.id, "pending_payment", ()) == (
        await shopper.order_id(),
        pending.order.state,
        pending.order.charge_states,
    )


async def test_tracking_is_handed_on(shop):
    """Digital River and the record know the carrier and the number of a parcel."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.handle.execute_update(
        Purchase.fulfillments,
        Shipment(
            shipment_id="parcel-1",
            items=[ShipmentItem(line_id="1", quantity=2)],
            tracking_company="Post",
            tracking_number="T1",
            tracking_url="https://example.com/T1",
        ),
    )
    theirs = (await shopper.ledger())["fulfillments"][0]
    ours = (await shopper.record()).fulfillments[0]

    assert ("Post", "T1", "https://example.com/T1") == (
        theirs["trackingCompany"],
        theirs["trackingNumber"],
        theirs["trackingUrl"],
    )
    assert theirs["trackingNumber"] == ours.tracking_number


async def test_cancelled_order_says_when(shop):
    """The record of a cancelled order has the time that a notification would tell."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider("expire")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    record = await shopper.until(State.CANCELLED)
    theirs = (await shopper.ledger())["orders"][0]["stateTransitions"]["cancelled"]

    assert theirs == record.order.state_transitions["cancelled"].strftime("%Y-%m-%dT%H:%M:%SZ")


async def test_plain_card_purchase_makes_few_calls(shop):
    """From the cart to the parcel, seven calls: five steps, two look-ups before money moves."""
    shopper = await shop.begin()
    record = await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    known = {record.checkout.id: "{checkout}", record.order.id: "{order}"}
    calls = [
        [call["method"], *(known.get(part, part) for part in call["path"].split("/")[1:3])]
        for call in (await shopper.ledger())["requests"]
    ]

    assert [
        ["POST", "checkouts"],
        ["POST", "checkouts", "{checkout}"],
        ["GET", "checkouts", "{checkout}"],
        ["GET", "orders"],
        ["POST", "orders"],
        ["GET", "fulfillments"],
        ["POST", "fulfillments"],
    ] == calls
