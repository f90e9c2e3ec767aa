"""The real flow fills the outbox: one notice for each fact, though every event comes twice."""

import json

import pytest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.purchase.states import State
from ferryman.records.outbox import Outbox
from tests.workflows.given import DECLINED_CARD
from tests.workflows.test_refunds import completed, ended, fulfilled, look, refund
from workflows.parked_event import ParkedEvent


async def notices(shopper):
    """All that others are told of this purchase."""
    found = [each.notice for each in await Outbox(shopper.shop.records.engine).of(shopper.id)]
    assert list(range(1, len(found) + 1)) == [each.sequence for each in found]
    assert len(found) == len({each.id for each in found})
    return found


async def types(shopper):
    """What others are told of this purchase, in their order."""
    return [each.type.removeprefix("purchase.") for each in await notices(shopper)]


async def test_card(shop):
    """A good life: confirmed, and each parcel with its tracking; completion is nobody's news."""
    shopper = await shop.begin()
    record = await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0))
    await shopper.ship("parcel-1", ("1", 2, 0))
    await shopper.ship("parcel-2", ("2", 3, 0))
    await shopper.settled_as("complete")
    for hint in (Hint.ACCEPTED, Hint.ACCEPTED, Hint.COMPLETE, Hint.COMPLETE):
        await shopper.tell(f"order.{hint}", hint)
    await shopper.handle.result()
    confirmed, first, second = await notices(shopper)

    assert ["confirmed", "shipped", "shipped"] == await types(shopper)
    assert record.order.id == confirmed.data.order.id
    assert record.checkout.total_amount == confirmed.data.totals.total_amount
    assert record.checkout.selling_entity == confirmed.data.selling_entity
    assert ["parcel-1", "parcel-2"] == [each.data.shipment.shipment_id for each in (first, second)]


async def test_money_that_never_comes(shop):
    """How to pay, and then that it is cancelled, with what the documents want said of it."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider("expire")
    for _ in range(2):
        await shopper.tell("order.cancelled", Hint.CANCELLED)
    await shopper.handle.result()
    theirs = (await shopper.ledger())["orders"][0]
    instructions, cancelled = await notices(shopper)
    told = cancelled.data.cancellation

    assert ["payment_instructions", "cancelled"] == await types(shopper)
    assert instructions.data.instructions.source_id
    assert instructions.data.instructions.deadline is not None
    assert theirs["id"] == cancelled.data.order.id
    assert theirs["stateTransitions"]["cancelled"] == told.date.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert [("1", "boots", 2), ("2", "laces", 3)] == [
        (each.line_id, each.sku_id, each.quantity) for each in told.items
    ]
    assert theirs["totalAmount"] == float(told.amount)
    assert "payment_window_closed" == told.reason


async def test_money_comes(shop):
    """Instructions come before the confirmation, and are told once however often one looks."""
    shopper = await shop.begin()
    await shopper.order("wireTransfer")
    await shopper.tell("order.updated", Hint.MONEY_MOVED)
    await shopper.at_provider("pay")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await shopper.until(State.ACCEPTED)

    assert ["payment_instructions", "confirmed"] == await types(shopper)


async def test_cancelled_after_acceptance(shop):
    """A part that is cancelled is told of as a part, the rest as the whole, with its date."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.cancel(items=[{"lineId": "2", "quantity": 1}], reason="too many")
    await shopper.cancel(reason="changed my mind")
    await shopper.settled_as("cancelled")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    await shopper.handle.result()
    _, part, whole = await notices(shopper)
    theirs = (await shopper.ledger())["orders"][0]["stateTransitions"]["cancelled"]

    assert ["confirmed", "partly_cancelled", "cancelled"] == await types(shopper)
    assert [("2", 1)] == [(each.line_id, each.quantity) for each in part.data.cancellation.items]
    assert "customer" == whole.data.cancellation.reason
    assert theirs == whole.data.cancellation.date.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert not {"too many", "changed my mind"} & set(json.dumps(whole.body()).split('"'))


async def test_blocked(shop):
    """A shopper whose order was in review has to hear that it is not accepted."""
    shopper = await shop.begin()
    await shopper.order(last_name="Review")
    await shopper.at_provider("review", decision="block")
    for _ in range(2):
        await shopper.tell("order.blocked", Hint.BLOCKED)
    await shopper.handle.result()

    assert ["blocked"] == await types(shopper)


async def test_declined_and_cancelled_before_an_order(shop):
    """Who was declined, or went away before ordering, was there and needs no notice."""
    shopper = await shop.begin()
    await shopper.choose(card=DECLINED_CARD)
    with pytest.raises(WorkflowUpdateFailedError):
        await shopper.submit()
    await shopper.cancel(reason="changed my mind")
    await shopper.handle.result()

    assert [] == await notices(shopper)


async def test_after_the_end(shop):
    """What happens to a closed purchase is told too, under the next number."""
    shopper = await shop.begin_paid_late()
    order_id = await shopper.order_id()
    for number in (1, 2):
        event = ProviderEvent(
            id=f"late-{number}", name="order.accepted", hint=Hint.ACCEPTED, order_id=order_id
        )
        await shop.temporal.client.execute_workflow(
            ParkedEvent.run, event, id=f"{shopper.id}/{event.id}", task_queue=shop.task_queue
        )

    assert ["payment_instructions", "cancelled", "needs_attention"] == await types(shopper)
    assert "late_payment" == (await notices(shopper))[-1].data.attention.reason


@pytest.mark.parametrize("closed", [False, True])
async def test_refunds(shop, closed):
    """Each refund is told of once it has succeeded, also long after the purchase has closed."""
    shopper = await (completed(shop) if closed else fulfilled(shop))
    for number, refund_id in enumerate(("r-1", "r-2"), 1):
        await refund(shopper, refundId=refund_id, amount=number)
        await shop.until_ledger(
            shopper, lambda ledger: {each["state"] for each in ledger["refunds"]} == {"succeeded"}
        )
        await look(shopper, refund_id)
        await ended(shopper, refund_id)
    first, second = (await notices(shopper))[-2:]

    assert ["confirmed", "shipped", "refunded", "refunded"] == await types(shopper)
    assert [("r-1", 1), ("r-2", 2)] == [
        (each.data.refund.refund_id, float(each.data.refund.refunded_amount))
        for each in (first, second)
    ]


async def test_no_personal_data(shop):
    """Neither address nor name nor e-mail of the shopper is in any notice."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider("pay")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await shopper.until(State.ACCEPTED)
    await shopper.ship("parcel-1", ("1", 1, 1))
    await shopper.cancel(reason="Erika is away")
    said = " ".join(each.body() for each in await notices(shopper))

    assert "shipped" in said
    for word in ("Erika", "Beispiel", "erika@example.com", "Neuer Wall", "192.0.2.7", "ecret"):
        assert word not in said
