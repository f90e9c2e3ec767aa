"""Refunds beside whatever else a purchase or its record is stuck in."""

import asyncio
import sqlite3
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import Refusal
from ferryman.purchase.purchase import RefundState
from ferryman.records.outbox import Outbox
from tests.workflows.refunding import (
    completed,
    fulfilled,
    half_shipped,
    handle_of,
    look,
    refund,
    refunds_of,
)

ANSWER_SECONDS = 8
ASK_FOR_LESS = {"refundId": "r-1", "amount": 5}


async def test_stuck_shipment_hides_no_refund(shop):
    """Money goes back and is shown while a parcel cannot be told; the order follows after it."""
    shopper = await half_shipped(shop)
    stuck = {"kind": "status", "status": 503, "times": 0}
    await shopper.fault(method="POST", path="/fulfillments", **stuck)
    shipping = asyncio.ensure_future(shopper.ship("parcel-2", ("2", 3, 0)))
    await shop.until(shopper, lambda record: record.waiting_for.what == "provider")
    async with asyncio.timeout(ANSWER_SECONDS):
        taken = await refund(shopper, amount=4.5)
    at_once = (await shopper.record()).refunds
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "succeeded")
    await look(shopper)
    shown = await shop.until(
        shopper, lambda record: record.refunds[0].state is RefundState.SUCCEEDED
    )
    told = await Outbox(shop.records.engine).of(shopper.id)
    await shop.control("DELETE", "faults")
    await shopper.travel(timedelta(minutes=2))
    await shipping
    record = await shop.until(shopper, lambda record: record.order.refunded_amount)

    assert (RefundState.PENDING, (taken,)) == (taken.state, at_once)
    assert ("provider", None) == (shown.waiting_for.what, shown.order.refunded_amount)
    assert "purchase.refunded" in [each.notice.type for each in told]
    assert 4.5 == float(record.order.refunded_amount)


async def test_answer_does_not_wait_for_a_record_that_cannot_be_written(shop, tmp_path):
    """Who asked hears what Digital River has made of it, and the record follows."""
    shopper = await fulfilled(shop)
    other = sqlite3.connect(tmp_path / "ferryman.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    async with asyncio.timeout(ANSWER_SECONDS):
        taken = await refund(shopper, amount=4.5)
    before = await shopper.record()
    other.execute("ROLLBACK")
    other.close()
    shown = await shop.until(shopper, lambda record: record.refunds)

    assert ((), RefundState.PENDING) == (before.refunds, taken.state)
    assert taken.id == shown.refunds[0].id


@pytest.mark.parametrize("closed", [False, True])
async def test_wish_that_is_refused_to_its_caller_is_taken_back(shop, closed):
    """However slow the look was: nobody is called or notified, and the id is free."""
    shopper = await (completed(shop) if closed else fulfilled(shop))
    before = await Outbox(shop.records.engine).of(shopper.id)
    away = {"kind": "status", "status": 503, "times": 2}
    await shopper.fault(method="GET", path="/refunds", **away)
    asking = asyncio.ensure_future(refund(shopper, amount=1000))
    wished = await shop.until(shopper, lambda record: record.refunds)
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await asking
    record = await shopper.record()
    after = await Outbox(shop.records.engine).of(shopper.id)
    again = await refund(shopper, **ASK_FOR_LESS)

    assert RefundState.REQUESTED is wished.refunds[0].state
    assert (Refusal.INVALID, "/amount") == (
        caught.value.cause.type,
        caught.value.cause.details[0][0]["pointer"],
    )
    assert ((), None) == (record.refunds, record.needs_attention)
    assert before == after
    assert RefundState.PENDING is again.state
    assert [5] == [each["amount"] for each in await refunds_of(shopper)]


async def test_wish_whose_caller_has_left_is_not_taken_back(shop):
    """Who was told that it is under way finds out what came of it, and a person is called."""
    shopper = await completed(shop)
    await shopper.fault(method="GET", path="/refunds", kind="status", status=429, retryAfter=60)
    asking = asyncio.ensure_future(refund(shopper, amount=1000))
    await shop.until(shopper, lambda record: record.refunds)
    await shop.temporal.fast_forward(handle_of(shopper), timedelta(minutes=1))
    failed = await asking
    record = await shopper.record()

    assert RefundState.FAILED is failed.state
    assert (failed,) == record.refunds
    assert "refund_failed" == record.needs_attention.reason
