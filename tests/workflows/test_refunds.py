"""Refunds at work: once, followed to their end, for purchases at work, closed and forgotten."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WithStartWorkflowOperation, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy

from ferryman.purchase.messages import Hint, Refusal
from ferryman.purchase.purchase import RefundState
from ferryman.purchase.refunds import BeginRefund, RefundRequest, workflow_id
from ferryman.purchase.states import State
from tests.workflows.conftest import POLICY
from workflows.refund import RefundFlow


def begin(shopper, order_id, **asked: Any) -> BeginRefund:
    """The refund that a merchant asks for."""
    request = RefundRequest.model_validate({"refundId": "r-1", "reason": "broken", **asked})
    return BeginRefund(
        purchase_id=shopper.id,
        order_id=order_id,
        refund_id=request.refund_id,
        currency="EUR",
        request=request,
        policy=POLICY,
    )


def start(shop, wanted: BeginRefund):
    """The call that begins a refund as the API would, and its answer."""
    operation = WithStartWorkflowOperation(
        RefundFlow.run,
        wanted,
        id=workflow_id(wanted.purchase_id, wanted.refund_id),
        task_queue=shop.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )
    return shop.temporal.client.execute_update_with_start_workflow(
        RefundFlow.refund, wanted.request, start_workflow_operation=operation
    )


async def refund(shopper, **asked: Any):
    """Ask for a refund."""
    order = (await shopper.record()).order
    return await start(shopper.shop, begin(shopper, order.id, **asked))


async def fulfilled(shop, **more: Any):
    """A purchase of which everything has been shipped and captured, its workflow still open."""
    shopper = await shop.begin()
    await shopper.order(**more)
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shopper.settled_as("complete")
    return shopper


async def completed(shop, **more: Any):
    """A purchase that has closed."""
    shopper = await fulfilled(shop, **more)
    await shopper.tell("order.complete", Hint.COMPLETE)
    await shopper.handle.result()
    return shopper


async def refunds_of(shopper):
    """What Digital River holds."""
    return (await shopper.ledger())["refunds"]


async def ended(shopper, refund_id: str = "r-1"):
    """The refund in the record once it has ended."""
    record = await shopper.shop.until(
        shopper,
        lambda record: [
            each
            for each in record.refunds
            if each.refund_id == refund_id and each.state in {"succeeded", "failed", "expired"}
        ],
    )
    return next(each for each in record.refunds if each.refund_id == refund_id)


async def look(shopper, refund_id: str = "r-1"):
    """Have a refund look at itself, as an event does."""
    handle = shopper.shop.temporal.client.get_workflow_handle_for(
        RefundFlow.run, workflow_id(shopper.id, refund_id)
    )
    await handle.signal(RefundFlow.look)
    return handle


@pytest.mark.parametrize("closed", [False, True])
async def test_part_goes_back_to_the_shopper(shop, closed):
    """A refund is pending at first and succeeds, whether the purchase is at work or has closed."""
    shopper = await (completed(shop) if closed else fulfilled(shop))
    taken = await refund(shopper, amount=4.5)
    shown = (await shopper.record()).refunds
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "succeeded")
    await (await look(shopper)).result()
    paid = await ended(shopper)
    record = await shop.until(shopper, lambda record: record.order.refunded_amount)

    assert (RefundState.PENDING, (taken,)) == (taken.state, shown)
    assert (RefundState.SUCCEEDED, 4.5) == (paid.state, float(paid.refunded_amount))
    assert 4.5 == float(record.order.refunded_amount)
    names = [name for name in await shopper.names() if name.startswith("refund")]
    assert ["refund_requested", "refund_pending", "refund_succeeded"] == names
