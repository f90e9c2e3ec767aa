"""Refunds at work: for purchases at work, closed and forgotten, to their end."""

import pytest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import Hint, Refusal
from ferryman.purchase.purchase import RefundState
from ferryman.purchase.refunds import BeginRefund
from ferryman.purchase.states import State
from tests.workflows.conftest import Shopper
from tests.workflows.refunding import completed, ended, fulfilled, hear, look, parked, refund
from workflows.refund import RefundFlow


@pytest.mark.parametrize("closed", [False, True])
async def test_part_goes_back_to_the_shopper(shop, closed):
    """A refund is pending at first and succeeds, whether the purchase is at work or has closed."""
    shopper = await (completed(shop) if closed else fulfilled(shop))
    taken = await refund(shopper, amount=4.5)
    before = await shopper.record()
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "succeeded")
    about = {"refund_id": taken.id, "reference": "r-1"}
    if closed:
        await parked(shop, shopper, "refund.complete", Hint.REFUNDED, **about)
    else:
        await hear(shopper, "refund.complete", before.order.id, **about)
    paid = await ended(shopper)
    record = await shop.until(shopper, lambda record: record.order.refunded_amount)

    assert (RefundState.PENDING, (taken,)) == (taken.state, before.refunds)
    assert (RefundState.SUCCEEDED, 4.5) == (paid.state, float(paid.refunded_amount))
    assert 4.5 == float(record.order.refunded_amount)
    names = [name for name in await shopper.names() if name.startswith("refund_")]
    assert ["refund_requested", "refund_pending", "refund_succeeded"] == names


async def test_too_much_never_reaches_digital_river(shop):
    """More than is left is refused at its field, leaves no trace, and may be asked for smaller."""
    shopper = await fulfilled(shop)
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await refund(shopper, items=[{"lineId": "1", "amount": 1000}])
    record = await shopper.record()
    calls = [
        call["path"]
        for call in (await shopper.ledger())["requests"]
        if (call["method"], call["path"].split("?")[0]) == ("POST", "/refunds")
    ]
    taken = await refund(shopper, items=[{"lineId": "1", "amount": 10}])

    assert Refusal.INVALID == caught.value.cause.type
    assert "/items/0/amount" == caught.value.cause.details[0][0]["pointer"]
    assert ([], (), RefundState.PENDING) == (calls, record.refunds, taken.state)


async def test_pending_refund_leaves_the_rest(shop):
    """While the money of one line is under way, that of the other may still go back."""
    shopper = await completed(shop)
    await shopper.variant(settle_delay="PT1H", capture_delay="PT1H")
    first = await refund(shopper, items=[{"lineId": "1"}])
    second = await refund(shopper, refundId="r-2", items=[{"lineId": "2"}])
    third = await refund(shopper, refundId="r-3", percent=50)

    assert {RefundState.PENDING} == {each.state for each in (first, second, third)}


async def test_before_a_capture_there_is_nothing_to_refund(shop):
    """An order of which nothing is captured refuses, by its state."""
    shopper = await shop.begin()
    await shopper.order()
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await refund(shopper, amount=1)

    assert Refusal.NOT_ALLOWED == caught.value.cause.type
    assert "accepted" in caught.value.cause.message


async def test_same_id_with_another_request_is_refused(shop):
    """While the first is at work, its id means nothing else."""
    shopper = await fulfilled(shop)
    await refund(shopper, amount=4.5)
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await refund(shopper, amount=5)

    assert Refusal.INVALID == caught.value.cause.type
    assert "/refundId" == caught.value.cause.details[0][0]["pointer"]


@pytest.mark.parametrize("closed", [False, True])
async def test_all_of_it_given_back_is_a_return(shop, closed):
    """A purchase of which all money went back is returned, and its workflow has ended."""
    shopper = await (completed(shop) if closed else fulfilled(shop))
    await refund(shopper, percent=100)
    await shopper.settled_as("returned")
    await look(shopper)
    record = await shopper.until(State.RETURNED)

    assert "returned" == record.order.state
    assert record.order.refunded_amount == record.refunds[0].refunded_amount
    assert State.RETURNED == (await shopper.handle.result() if not closed else record.state)


async def test_purchase_that_temporal_has_forgotten_is_refunded(shop):
    """The record alone is enough: no workflow of the purchase has to be known."""
    shopper = await completed(shop)
    known = await shopper.record()
    forgotten = Shopper(shop, f"{shopper.id}-forgotten", shopper.handle)
    await shop.records.save(known.model_copy(update={"id": forgotten.id}), [])
    await refund(forgotten, percent=100)
    await shopper.settled_as("returned")
    await (await look(forgotten)).result()
    record = await forgotten.record()

    assert (State.RETURNED, RefundState.SUCCEEDED) == (record.state, record.refunds[0].state)
    assert known.version + 2 == record.version


async def test_refund_that_temporal_has_forgotten_is_known_by_its_record(shop):
    """A late event of a refund that has ended long ago changes nothing."""
    shopper = await completed(shop)
    order_id = (await shopper.record()).order.id
    await refund(shopper, amount=1)
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "succeeded")
    await (await look(shopper)).result()
    before = await shopper.record()
    again = BeginRefund(
        purchase_id=shopper.id,
        order_id=order_id,
        refund_id="forgotten",
        adopts=before.refunds[0].id,
    )
    await shop.temporal.client.execute_workflow(
        RefundFlow.run, again, id=f"again/{shopper.id}", task_queue=shop.task_queue
    )

    assert before == await shopper.record()


@pytest.mark.parametrize("closed", [False, True])
async def test_refund_made_elsewhere_is_shown_too(shop, closed):
    """What Digital River's agents give back is adopted by its event, and followed to its end."""
    shopper = await (completed(shop) if closed else fulfilled(shop))
    order = (await shopper.ledger())["orders"][0]
    made = await shop.digital_river.create_refund(
        {"orderId": order["id"], "currency": "EUR", "amount": 2, "reason": "agent"}
    )
    for _ in range(2):
        if closed:
            await parked(shop, shopper, "refund.pending", Hint.REFUNDED, refund_id=made.id)
        else:
            await hear(shopper, "refund.pending", order["id"], refund_id=made.id)
    await shop.until(shopper, lambda record: record.refunds)
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "succeeded")
    await (await look(shopper, made.id)).result()
    shown = await ended(shopper, made.id)

    assert (made.id, 2, "agent") == (shown.id, shown.refunded_amount, shown.reason)
    assert 1 == len((await shopper.record()).refunds)
