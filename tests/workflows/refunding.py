"""Asking for refunds as the API does, and what comes of them."""

from typing import Any

from temporalio.client import WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError, RPCStatusCode

from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.purchase.refunds import BeginRefund, RefundRequest, workflow_id
from tests.workflows.given import POLICY
from workflows.parked_event import ParkedEvent
from workflows.purchase import Purchase
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


async def fulfilled(shop, kind="creditCard", **more: Any):
    """A purchase of which everything has been shipped and captured, its workflow still open.

    Captures are quick; a refund takes long enough to be seen pending.
    """
    shopper = await shop.begin()
    await shopper.variant(settle_delay="PT0.02S", capture_delay="PT0.02S")
    await shopper.order(kind, **more)
    if kind != "creditCard":
        await shopper.at_provider("pay")
        await shopper.tell("order.accepted", Hint.ACCEPTED)
        await shopper.until("accepted")
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shopper.settled_as("complete")
    await shopper.variant(settle_delay="PT0.2S", capture_delay="PT0.2S")
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
    """Have a refund look at itself, as an event does; one that has ended has looked already."""
    handle = shopper.shop.temporal.client.get_workflow_handle_for(
        RefundFlow.run, workflow_id(shopper.id, refund_id)
    )
    try:
        await handle.signal(RefundFlow.look)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
    return handle


async def parked(shop, shopper, name, hint, **more):
    """An event that no purchase at work could take, as the API parks it; wait until it is told."""
    record = await shopper.record()
    event = ProviderEvent(
        id=f"{name}-{shop.next()}", name=name, hint=hint, order_id=record.order.id, **more
    )
    handle = await shop.temporal.client.start_workflow(
        ParkedEvent.run, event, id=f"parked-event/{event.id}", task_queue=shop.task_queue
    )
    await handle.result()


async def hear(shopper, name, order_id, **more):
    """An event as the API tells a purchase at work."""
    event = ProviderEvent(
        id=f"{name}-{shopper.shop.next()}",
        name=name,
        hint=Hint.REFUNDED,
        order_id=order_id,
        upstream_id=shopper.id,
        **more,
    )
    await shopper.handle.signal(Purchase.provider_events, [event])


def handle_of(shopper, refund_id="r-1"):
    """A refund's workflow."""
    return shopper.shop.temporal.client.get_workflow_handle_for(
        RefundFlow.run, workflow_id(shopper.id, refund_id)
    )


async def half_shipped(shop):
    """A purchase at work, of which one parcel has left and is paid for."""
    shopper = await shop.begin()
    await shopper.variant(settle_delay="PT0.02S", capture_delay="PT0.02S")
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0))
    await shop.until_ledger(
        shopper, lambda ledger: "complete" in str(ledger["charges"][0].get("captures"))
    )
    return shopper
