"""Refunds that wait: for the end of a dispute, for the shopper's bank, or in vain."""

from datetime import timedelta

import pytest

from ferryman.purchase.messages import Hint
from ferryman.purchase.purchase import RefundState
from tests.workflows.refunding import (
    completed,
    ended,
    fulfilled,
    handle_of,
    look,
    parked,
    refund,
    refunds_of,
)
from workflows.refund import RefundFlow


@pytest.mark.parametrize("closed", [False, True])
async def test_dispute_holds_a_refund_until_it_is_over(shop, closed):
    """What is asked for in a dispute goes out by itself afterwards, by the event that says so."""
    shopper = await (completed(shop) if closed else shop.begin_disputed())
    if closed:
        await shopper.at_provider("dispute")
    held = await refund(shopper, amount=1)
    before = await refunds_of(shopper)
    await shopper.at_provider("resolve")
    if closed:
        await parked(shop, shopper, "order.dispute.resolved", Hint.RESOLVED)
    else:
        await shopper.tell("order.dispute.resolved", Hint.RESOLVED)
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"])
    await shop.until(shopper, lambda record: record.refunds[0].id)

    assert (RefundState.HELD, []) == (held.state, before)
    assert [1] == [each["amount"] for each in await refunds_of(shopper)]
    names = [name for name in await shopper.names() if name.startswith("refund_")]
    assert ["refund_requested", "refund_held", "refund_pending"] == names


async def test_held_refund_goes_out_without_any_event(shop):
    """Where nobody tells of the end of a dispute, it is seen."""
    shopper = await completed(shop)
    await shopper.at_provider("dispute")
    await refund(shopper, amount=1)
    await shopper.at_provider("resolve")
    await shop.temporal.fast_forward(handle_of(shopper), timedelta(minutes=20))
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"])

    assert [1] == [each["amount"] for each in await refunds_of(shopper)]


@pytest.mark.parametrize("told", [True, False])
async def test_pushed_money_waits_for_the_shoppers_bank(shop, told):
    """A token lets the shopper say where to; without an answer the refund expires."""
    shopper = await fulfilled(shop, "konbini")
    await refund(shopper, amount=1)
    await shop.until_ledger(
        shopper, lambda ledger: ledger["refunds"][0]["state"] == "pending_information"
    )
    handle = await look(shopper)
    waiting = await shop.until(shopper, lambda record: record.refunds[0].information)
    if told:
        made = (await refunds_of(shopper))[0]["id"]
        await shop.control("POST", f"refunds/{made}/information")
    else:
        await shop.control("POST", "clock/advance", {"by": "P31D"})
    await handle.signal(RefundFlow.look)
    await handle.result()
    end = await ended(shopper)

    assert RefundState.PENDING_INFORMATION is waiting.refunds[0].state
    assert waiting.refunds[0].information.token
    assert ("succeeded" if told else "expired", None) == (end.state, end.information)


@pytest.mark.parametrize("closed", [False, True])
async def test_refund_that_fails_calls_a_person_and_may_be_tried_again(shop, closed):
    """A refund that the bank refuses says why; one that succeeds later ends the call."""
    shopper = await (completed(shop) if closed else fulfilled(shop))
    body = {"type": "conflict", "errors": [{"code": "failed-request", "message": "Not now."}]}
    await shopper.fault(method="POST", path="/refunds", kind="status", status=409, body=body)
    failed = await refund(shopper, amount=1)
    called = (await shopper.record()).needs_attention
    entries = await shop.records.timeline(shopper.id)
    await refund(shopper, refundId="r-2", amount=1)
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "succeeded")
    await (await look(shopper, "r-2")).result()
    record = await shop.until(shopper, lambda record: record.refunds[1].state == "succeeded")

    assert (RefundState.FAILED, "Not now.") == (failed.state, failed.failure_reason)
    assert "refund_failed" == called.reason
    assert "failed-request" in [entry.detail.get("code") for entry in entries]
    assert record.needs_attention is None


async def test_refund_that_fails_later_says_so(shop):
    """Digital River may take a refund and the bank refuse it: that is shown with its reason."""
    shopper = await completed(shop, card="4556602564240839")
    taken = await refund(shopper, amount=1)
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "failed")
    await (await look(shopper)).result()
    failed = await ended(shopper)

    assert (RefundState.PENDING, RefundState.FAILED) == (taken.state, failed.state)
    assert "Failed to operate on charge" == failed.failure_reason
    assert "refund_failed" == (await shopper.record()).needs_attention.reason
