"""Returns at work: announced once, accepted whole or by item, refunded by Digital River itself."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from temporalio.client import WithStartWorkflowOperation, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from ferryman.purchase.messages import Hint, Refusal
from ferryman.purchase.purchase import ReturnState
from ferryman.purchase.returns import Acceptance, BeginReturn, ReturnRequest, workflow_id
from tests.workflows.conftest import POLICY
from tests.workflows.refunding import completed, ended, fulfilled, look, parked, refunds_of
from workflows.goods_return import ReturnFlow

FAULTS = (
    {"kind": "late_commit", "delay": "PT0.2S"},
    {"kind": "timeout_after"},
    {"kind": "reset_after"},
    {"kind": "status_after", "status": 500},
    {"kind": "status", "status": 503},
)


@pytest.fixture
def settle_time() -> timedelta:
    """Longer than a late answer takes, and short."""
    return timedelta(seconds=0.4)


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


async def returns_of(shopper):
    """What Digital River holds."""
    listed = await shopper.shop.digital_river.list_returns(await shopper.order_id())
    return listed.data


async def test_items_are_accepted_one_by_one(shop):
    """Nothing is refunded before the last line is back; an acceptance again changes nothing."""
    shopper = await fulfilled(shop)
    await announce(shopper, ("1", 1), ("2", 3))
    first = await accept(shopper, "1")
    again = await accept(shopper, "1")
    early = await refunds_of(shopper)
    last = await accept(shopper, "2")
    after = await accept(shopper)

    assert [True, False] == [item.accepted for item in first.items]
    assert (first, []) == (again, early)
    assert ReturnState.ACCEPTED is last.state is after.state
    assert {*last.refund_ids} == {each["id"] for each in await refunds_of(shopper)}
    names = [name for name in await shopper.names() if name.startswith("return")]
    assert [
        "return_requested",
        "return_created",
        "return_partly_accepted",
        "return_accepted",
    ] == names


async def test_lost_answer_is_no_second_return(shop):
    """Whatever becomes of the answers, goods are announced once and accepted once."""
    shoppers = await asyncio.gather(*(fulfilled(shop) for _ in FAULTS))
    for shopper, fault in zip(shoppers, FAULTS, strict=True):
        await shopper.fault(method="POST", path="/returns", **fault)
        await shopper.fault(method="POST", path="/returns/*", **fault)
    announced = await asyncio.gather(*(announce(shopper, ("1", 1)) for shopper in shoppers))
    accepted = await asyncio.gather(*(accept(shopper) for shopper in shoppers))
    made = await asyncio.gather(*map(returns_of, shoppers))
    refunds = await asyncio.gather(*map(refunds_of, shoppers))

    assert [[each.id] for each in announced] == [[one.id for one in each] for each in made]
    assert {ReturnState.ACCEPTED} == {each.state for each in accepted}
    assert [1] * len(FAULTS) == [len(each) for each in refunds]


@pytest.mark.parametrize(
    ("items", "pointer"),
    [
        ((("1", 3),), "/items/0/quantity"),
        ((("1", 1), ("9", 1)), "/items/1/lineId"),
        ((("1", 1), ("1", 1)), "/items/1/lineId"),
    ],
)
async def test_what_was_not_shipped_cannot_come_back(shop, items, pointer):
    """More than was shipped and is not on its way back is refused before Digital River sees it."""
    shopper = await fulfilled(shop)
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await announce(shopper, *items)

    assert Refusal.INVALID == caught.value.cause.type
    assert pointer == caught.value.cause.details[0][0]["pointer"]
    assert ([], ()) == ([*await returns_of(shopper)], (await shopper.record()).returns)


async def test_same_goods_do_not_come_back_twice(shop):
    """Announced at once in two returns, one piece comes back by one of them."""
    shopper = await fulfilled(shop)
    answers = await asyncio.gather(
        *(announce(shopper, ("1", 2), return_id=f"b-{number}") for number in range(3)),
        return_exceptions=True,
    )

    assert 2 == sum(isinstance(each, WorkflowUpdateFailedError) for each in answers)
    assert 1 == len(await returns_of(shopper))


async def test_dispute_holds_announcement_and_acceptance(shop):
    """Both wait for the end of the dispute, and go out by themselves."""
    shopper = await completed(shop)
    await announce(shopper, ("1", 1))
    await shopper.at_provider("dispute")
    held = await announce(shopper, ("2", 1), return_id="b-2")
    accepting = await accept(shopper)
    await shopper.at_provider("resolve")
    await parked(shop, shopper, "order.dispute.resolved", Hint.RESOLVED)
    handle = shop.temporal.client.get_workflow_handle(workflow_id(shopper.id, "b-1"))
    # Its first look may come after the end of the dispute, and all be done by now.
    with suppress(RPCError):
        await handle.signal("look")
    record = await shop.until(
        shopper, lambda record: ["accepted", "created"] == [each.state for each in record.returns]
    )

    assert (ReturnState.HELD, ReturnState.CREATED) == (held.state, accepting.state)
    assert [False] == [item.accepted for item in accepting.items]
    assert all(each.id for each in record.returns)


async def test_refused_return_says_why_and_no_code(shop):
    """Where Digital River takes no return, the answer has its sentence, the timeline its code."""
    shopper = await fulfilled(shop)
    body = {"type": "conflict", "errors": [{"code": "invalid_state", "message": "Too late."}]}
    await shopper.fault(method="POST", path="/returns", kind="status", status=409, body=body)
    refused = await announce(shopper, ("1", 1))
    entries = await shop.records.timeline(shopper.id)

    assert (ReturnState.REFUSED, "Too late.") == (refused.state, refused.failure_reason)
    assert "invalid_state" in [entry.detail.get("code") for entry in entries]


async def test_return_accepted_elsewhere_is_seen_by_its_event(shop):
    """What a warehouse accepts at Digital River is shown as soon as an event tells of it."""
    shopper = await completed(shop)
    announced = await announce(shopper, ("1", 1))
    await shop.digital_river.accept_return(announced.id)
    told = {"return_id": announced.id, "reference": "b-1"}
    await parked(shop, shopper, "return.accepted", Hint.OTHER, **told)
    record = await shop.until(shopper, lambda record: record.refunds)

    assert ReturnState.ACCEPTED is record.returns[0].state
    assert record.returns[0].refund_ids == (record.refunds[0].id,)


async def test_return_that_temporal_has_forgotten_is_accepted(shop):
    """The record alone is enough to go on with a return."""
    shopper = await completed(shop)
    await announce(shopper, ("1", 1))
    handle = shop.temporal.client.get_workflow_handle(workflow_id(shopper.id, "b-1"))
    await handle.terminate()
    accepted = await accept(shopper)

    assert ReturnState.ACCEPTED is accepted.state
    assert 1 == len(await refunds_of(shopper))
    assert 1 == len((await shopper.record()).returns)
