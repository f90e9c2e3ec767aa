"""Returns at work: announced once, accepted whole or by item, refunded by Digital River itself."""

import pytest
from temporalio.client import WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from ferryman.purchase.purchase import ReturnState
from ferryman.purchase.returns import Acceptance, BeginReturn, ReturnRequest, workflow_id
from tests.workflows.conftest import POLICY
from tests.workflows.refunding import completed, ended, fulfilled, look
from workflows.goods_return import ReturnFlow


def operation(shop, begin):
    """The beginning of a return's workflow, unless it runs."""
    return WithStartWorkflowOperation(
        ReturnFlow.run,
        begin,
        id=workflow_id(begin.purchase_id, begin.return_id),
        task_queue=shop.task_queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
    )


async def announce(shopper, *items, return_id="b-1"):
    """Announce a return as the API would: lines and quantities."""
    listed = [{"lineId": line, "quantity": quantity} for line, quantity in items]
    request = ReturnRequest.model_validate(
        {"returnId": return_id, "items": listed, "reason": "wrong size"}
    )
    begin = BeginReturn(
        purchase_id=shopper.id,
        order_id=(await shopper.record()).order.id,
        return_id=return_id,
        request=request,
        policy=POLICY,
    )
    return await shopper.shop.temporal.client.execute_update_with_start_workflow(
        ReturnFlow.announce,
        request,
        start_workflow_operation=operation(shopper.shop, begin),
    )


async def accept(shopper, *lines, return_id="b-1"):
    """Accept a return as the API would: some lines, or all."""
    known = (await shopper.record()).returns[0]
    items = [{"lineId": line} for line in lines] or None
    begin = BeginReturn(
        purchase_id=shopper.id,
        order_id=(await shopper.record()).order.id,
        return_id=return_id,
        adopts=known.id,
        policy=POLICY,
    )
    return await shopper.shop.temporal.client.execute_update_with_start_workflow(
        ReturnFlow.accept,
        Acceptance.model_validate({"items": items}),
        start_workflow_operation=operation(shopper.shop, begin),
    )


@pytest.mark.parametrize("closed", [False, True])
async def test_whole_return_is_refunded_by_itself(shop, closed):
    """What is accepted as a whole is refunded by Digital River, and the refund is shown."""
    shopper = await (completed(shop) if closed else fulfilled(shop))
    announced = await announce(shopper, ("1", 1), ("2", 3))
    accepted = await accept(shopper)
    record = await shop.until(shopper, lambda record: record.refunds)
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "succeeded")
    await (await look(shopper, record.refunds[0].refund_id)).result()
    paid = await ended(shopper, record.refunds[0].refund_id)
    record = await shop.until(shopper, lambda record: record.order.refunded_amount)

    assert (ReturnState.CREATED, ReturnState.ACCEPTED) == (announced.state, accepted.state)
    assert [True, True] == [item.accepted for item in record.returns[0].items]
    assert record.returns[0].refund_ids == (paid.id,)
    assert paid.refunded_amount == record.order.refunded_amount
