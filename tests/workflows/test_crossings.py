"""Calls, events and refusals that cross each other: nothing is lost, and nothing fails the flow."""

import asyncio

import pytest
from temporalio.client import WorkflowUpdateFailedError

from activities import translate
from ferryman.purchase.messages import Hint, Refusal
from ferryman.purchase.purchase import Party
from ferryman.purchase.states import CancelReason, State

REFUSED = {"type": "conflict", "errors": [{"code": "order_not_submitted", "message": "No."}]}


def cancelled(record) -> list[int]:
    """The cancelled pieces of each line."""
    return [line.cancelled for line in record.items]


async def test_held_shipment_that_is_refused_calls_a_person(shop):
    """A refusal after the dispute does not fail the purchase; the shipment can be told again."""
    shopper = await shop.begin_disputed()
    await shopper.ship("parcel-1", ("1", 1, 0), ("2", 3, 0))
    await shopper.fault(
        method="POST", path="/fulfillments", kind="status", status=409, body=REFUSED
    )
    await shopper.at_provider("resolve")
    await shopper.tell("order.dispute.resolved", Hint.RESOLVED)
    refused = await shop.until(shopper, lambda record: record.needs_attention)
    await shopper.ship("parcel-1", ("1", 1, 0), ("2", 3, 0))

    assert (State.ACCEPTED, "shipment_refused") == (refused.state, refused.needs_attention.reason)
    assert (await shopper.record()).state in {State.FULFILLED, State.COMPLETE}


async def test_whole_cancellation_is_not_forgotten_for_a_smaller_one(shop):
    """While the whole is wished for, a line more or less changes nothing about it."""
    shopper = await shop.begin()
    await shopper.variant(pending_cancel="refuse")
    await shopper.order("konbini")
    await shopper.cancel()
    await shopper.cancel(items=[{"lineId": "2", "quantity": 1}], reason="one less")
    await shopper.at_provider("pay")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    record = await shopper.until(State.CANCELLED)

    assert (CancelReason.CUSTOMER, [2, 3]) == (record.reason, cancelled(record))


async def test_two_remembered_lines_are_both_cancelled(shop):
    """Each remembered cancellation is carried out, one after the other."""
    shopper = await shop.begin()
    await shopper.variant(pending_cancel="refuse")
    await shopper.order("konbini")
    await shopper.cancel(items=[{"lineId": "1", "quantity": 1}], reason="first")
    await shopper.cancel(items=[{"lineId": "2", "quantity": 2}], reason="second")
    await shopper.at_provider("pay")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    record = await shop.until(shopper, lambda record: cancelled(record) == [1, 2])

    assert (State.ACCEPTED, None) == (record.state, record.cancellation)
    assert 2 == len((await shopper.ledger())["fulfillments"])


async def test_cancelled_line_is_not_why_an_unpaid_order_ended(shop):
    """Who took one piece back did not cancel the purchase: the window did."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.cancel(items=[{"lineId": "2", "quantity": 1}])
    await shopper.at_provider("expire")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    record = await shopper.until(State.CANCELLED)

    assert CancelReason.PAYMENT_WINDOW_CLOSED is record.reason


async def test_next_order_after_a_failed_redirect_has_its_own_lines(shop):
    """What was cancelled stays cancelled, and the old order's items are not the new one's."""
    shopper = await shop.begin()
    await shopper.order("bancontact", returnUrl="https://shop.example/back")
    old = [line.order_item_id for line in (await shopper.record()).items]
    await shopper.cancel(items=[{"lineId": "2", "quantity": 1}])
    await shopper.at_provider("abandon")
    await shopper.refresh()
    failed = await shopper.record()
    accepted = await shopper.order()

    assert [(2, None), (2, None)] == [(x.quantity, x.order_item_id) for x in failed.items]
    assert set(old).isdisjoint(line.order_item_id for line in accepted.items)
    assert [2, 2] == [line.open for line in accepted.items]


async def test_partial_wish_during_a_declined_submission_ends_nothing(shop):
    """A declined order with a line to cancel is still a purchase that may be paid for."""
    shopper = await shop.begin()
    await shopper.choose()
    await shopper.fault(method="POST", path="/orders", kind="reset_before")
    await shopper.fault(
        method="POST",
        path="/orders",
        kind="status",
        status=409,
        body={"type": "conflict", "errors": [{"code": "failed-request", "message": "No."}]},
    )
    submission = asyncio.ensure_future(shopper.submit())
    await shopper.until(State.SUBMITTING)
    await shopper.cancel(items=[{"lineId": "2", "quantity": 1}])
    with pytest.raises(WorkflowUpdateFailedError):
        await submission
    failed = await shopper.record()
    await shopper.order()
    record = await shop.until(shopper, lambda record: cancelled(record) == [0, 1])

    assert State.PAYMENT_FAILED is failed.state
    assert State.ACCEPTED is record.state


async def test_refused_change_of_lines_leaves_nothing_wrong_behind(shop):
    """The old checkout stands, can be ordered, and a failed redirect still gets a new one."""
    shopper = await shop.begin()
    line = {"lineId": "9", "skuId": "socks", "quantity": 1, "price": 4, "physical": True}
    body = {"type": "bad_request", "errors": [{"code": "x", "parameter": "items", "message": "No"}]}
    await shopper.fault(method="POST", path="/checkouts", kind="status", status=400, body=body)
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.patch(items=[line])
    await shopper.order("bancontact", returnUrl="https://shop.example/back")
    await shopper.at_provider("abandon")
    await shopper.refresh()
    record = await shopper.record()

    assert Refusal.INVALID == caught.value.cause.type
    assert ["1", "2"] == [item.line_id for item in record.items]
    assert State.PAYMENT_FAILED is record.state
    assert record.checkout is not None


async def test_emptied_by_a_warehouse_is_no_late_money(shop):
    """A purchase whose every piece could not be had ends cancelled by the merchant, in peace."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("nothing", ("1", 0, 2), ("2", 0, 3))
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0]["state"] == "cancelled")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    end = await shopper.handle.result()
    record = await shopper.record()

    assert (State.CANCELLED, CancelReason.MERCHANT, None) == (
        end,
        record.reason,
        record.needs_attention,
    )


async def test_abandoned_order_that_comes_back_to_life_calls_a_person(shop):
    """Money for an order that was cancelled and replaced is seen while its purchase goes on."""
    shopper = await shop.begin()
    await shopper.order("bancontact", returnUrl="https://shop.example/back")
    first = await shopper.order_id()
    await shopper.at_provider("abandon")
    await shopper.refresh()
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0]["state"] == "cancelled")
    await shopper.tell("order.cancelled", Hint.CANCELLED, order_id=first)
    await shopper.order()
    await shop.control("POST", f"orders/{first}/pay", {"force": True})
    await shopper.tell("order.accepted", Hint.ACCEPTED, order_id=first)
    record = await shop.until(shopper, lambda record: record.needs_attention)

    assert (State.ACCEPTED, "late_payment") == (record.state, record.needs_attention.reason)
    assert first != record.order.id


async def test_event_of_an_order_that_does_not_exist_holds_up_nobody(shop):
    """An event with our upstream id and an unknown order is looked into beside the flow."""
    shopper = await shop.begin()
    await shopper.tell("order.accepted", Hint.ACCEPTED, order_id="999999999999")
    await shopper.order()
    await shopper.cancel(by=Party.MERCHANT)

    assert State.CANCELLED is (await shopper.record()).state


async def test_two_reasons_for_a_person_are_both_in_the_timeline(shop):
    """The older reason is shown; the other one is not lost."""
    shopper = await shop.begin()
    await shopper.order(card="4000000000004103")
    await shopper.ship("parcel-1", ("1", 1, 0))
    await shop.until_ledger(
        shopper, lambda ledger: "failed" in str(ledger["charges"][0].get("captures"))
    )
    await shopper.fault(
        method="POST", path="/fulfillments", kind="status", status=409, body=REFUSED
    )
    # The refusal reads the order again, and what has failed shows as well.
    with pytest.raises(WorkflowUpdateFailedError):
        await shopper.ship("parcel-2", ("2", 1, 0))
    await shopper.tell("order.charge.capture.failed", Hint.MONEY_MOVED)
    await shop.until_names(shopper, "order.charge.capture.failed")
    reasons = [
        entry.detail.get("reason")
        for entry in await shop.records.timeline(shopper.id)
        if entry.name == "needs_attention"
    ]

    assert ["capture_failed", "shipment_refused"] == reasons
    assert "capture_failed" == (await shopper.record()).needs_attention.reason


async def test_person_called_for_an_old_order_stays_called_beside_the_next_one(shop, monkeypatch):
    """Money that is stuck in an order left behind is not settled by a look at another order."""
    shopper = await shop.begin()
    await shopper.order("bancontact", returnUrl="https://shop.example/back")
    first = await shopper.order_id()
    read, translated = shop.digital_river.get_order, translate.order_reading

    async def accepted(order_id, **more):
        order = await read(order_id, **more)
        return order.model_copy(update={"state": "accepted"}) if order_id == first else order

    def not_released(order, taken):
        reading = translated(order, taken)
        failed = reading.cancel_failed or order.id == first
        return reading.model_copy(update={"cancel_failed": failed})

    monkeypatch.setattr(shop.digital_river, "get_order", accepted)
    monkeypatch.setattr(translate, "order_reading", not_released)
    await shopper.at_provider("abandon")
    await shopper.refresh()
    await shopper.tell("order.charge.cancel.failed", Hint.MONEY_MOVED, order_id=first)
    before = await shop.until(shopper, lambda record: record.needs_attention)
    record = await shopper.order()

    assert (State.ACCEPTED, True) == (record.state, record.order.id != first)
    assert before.needs_attention == record.needs_attention
    assert "cancellation_failed" == before.needs_attention.reason
