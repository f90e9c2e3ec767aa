"""Refunds and returns whose workflows an operator has ended or reset, asked for again over HTTP."""

import asyncio
import uuid

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest

from ferryman.purchase.messages import Hint
from tests.api.test_refunds import (  # noqa: F401 - fixtures
    BODY,
    database_url,
    front,
    refunds,
    sandbox_url,
    settle_time,
    shop,
    shopper,
)
from tests.workflows.refunding import completed, ended, look, parked, refunds_of

LATE = {"kind": "late_commit", "delay": "PT0.6S"}
RETURN = {"returnId": "b-1", "items": [{"lineId": "1", "quantity": 1}], "reason": "too small"}


async def asked(shopper, path):  # noqa: F811 - the fixture
    """Wait until a POST has reached Digital River, which has not answered it yet."""
    while not any(
        (each["method"], each["path"]) == ("POST", path)
        for each in (await shopper.ledger())["requests"]
    ):
        await asyncio.sleep(0.02)


async def late(shopper):  # noqa: F811 - the fixture
    """Wait until the call whose answer was lost has come through after all."""
    await shopper.shop.until_ledger(
        shopper, lambda ledger: any("lateStatus" in each for each in ledger["requests"])
    )


async def reset(client, workflow_id, task: int):
    """Reset a workflow to one of its tasks, as the Web UI does."""
    history = await client.get_workflow_handle(workflow_id).fetch_history()
    tasks = [
        event.event_id
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    ]
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=workflow_id),
            reason="pressed in the Web UI",
            workflow_task_finish_event_id=tasks[task],
            request_id=uuid.uuid4().hex,
        )
    )


async def test_refund_ended_in_doubt_is_made_once(front, shopper):  # noqa: F811 - the fixtures
    """A second run does not take itself for the first: what is under way is waited for."""
    await shopper.fault(method="POST", path="/refunds", **LATE)
    asking = asyncio.create_task(front.send("POST", refunds(shopper), BODY))
    await asked(shopper, "/refunds")
    handle = shopper.shop.temporal.client.get_workflow_handle(f"refund/{shopper.id}/r-1")
    await handle.terminate()
    reply = await asking
    await late(shopper)

    assert [reply.json["id"]] == [each["id"] for each in await refunds_of(shopper)]


async def test_return_ended_in_doubt_is_made_once(front, shopper):  # noqa: F811 - the fixtures
    """A return too is looked for before it is announced by a second run."""
    await shopper.fault(method="POST", path="/returns", **LATE)
    path = f"/purchases/{shopper.id}/returns"
    asking = asyncio.create_task(front.send("POST", path, RETURN))
    await asked(shopper, "/returns")
    handle = shopper.shop.temporal.client.get_workflow_handle(f"return/{shopper.id}/b-1")
    await handle.terminate()
    reply = await asking
    await late(shopper)
    made = await shopper.shop.digital_river.list_returns(await shopper.order_id())

    assert [reply.json["id"]] == [each.id for each in made.data]


@pytest.mark.no_replay
@pytest.mark.parametrize("task", [0, -1])
async def test_refund_reset_in_doubt_is_made_once(front, shopper, task):  # noqa: F811 - the fixtures
    """Reset before its step or while that is under way, a refund looks before it asks."""
    await shopper.fault(method="POST", path="/refunds", **LATE)
    asking = asyncio.create_task(front.send("POST", refunds(shopper), BODY))
    await asked(shopper, "/refunds")
    handle = await look(shopper)
    while (await handle.describe()).history_length < 9:
        await asyncio.sleep(0.02)
    await reset(shopper.shop.temporal.client, handle.id, task)
    await asking
    reply = await front.send("POST", refunds(shopper), BODY)
    await late(shopper)

    assert [reply.json["id"]] == [each["id"] for each in await refunds_of(shopper)]


@pytest.mark.parametrize("told", ["event", "repeat"])
async def test_pending_refund_that_nobody_follows_is_taken_up(front, shop, told):  # noqa: F811 - the fixtures
    """An event, or the same call again, has a refund followed whose workflow was terminated."""
    shopper = await completed(shop)  # noqa: F811 - one that has closed
    made = await front.send("POST", refunds(shopper), BODY)
    handle = shop.temporal.client.get_workflow_handle(f"refund/{shopper.id}/r-1")
    await handle.terminate()
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "succeeded")
    if told == "event":
        named = {"refund_id": made.json["id"], "reference": "r-1"}
        await parked(shop, shopper, "refund.complete", Hint.REFUNDED, **named)
    else:
        await front.send("POST", refunds(shopper), BODY)
    paid = await ended(shopper)

    assert ("pending", "succeeded") == (made.json["state"], paid.state)
    assert 1 == len(await refunds_of(shopper)) == len((await shopper.record()).refunds)


async def test_refused_id_is_free_at_once(front, shopper):  # noqa: F811 - the fixtures
    """What came to its end by itself is in no doubt: the corrected call does not wait."""
    await front.send("POST", refunds(shopper), {**BODY, "amount": 1000})
    before = len((await shopper.ledger())["requests"])
    clock = asyncio.get_running_loop().time()
    reply = await front.send("POST", refunds(shopper), BODY)
    took = asyncio.get_running_loop().time() - clock

    assert 201 == reply.status
    assert before < len((await shopper.ledger())["requests"])
    assert took < 1, "as long as a look for what may be under way"


def refusal(code, parameter):
    """Digital River's refusal of this parameter."""
    error = {"code": code, "parameter": parameter, "message": "Too much."}
    return {"type": "bad_request", "errors": [error]}


@pytest.mark.parametrize(
    ("asked_for", "parameter", "pointer"),
    [
        ({"amount": 4.5}, "amountRequested", "/amount"),
        ({"percent": 50}, "percentRequested", "/percent"),
        ({"percent": 50}, "amountRequested", "/percent"),
        ({"items": [{"lineId": "1", "amount": 1}]}, "amountRequested", "/items"),
    ],
)
async def test_amount_that_digital_river_refuses_is_refused_at_its_field(
    front,  # noqa: F811 - the fixture
    shopper,  # noqa: F811 - the fixture
    asked_for,
    parameter,
    pointer,
):
    """Two that ask at once may both have looked before: the one too many leaves nothing behind."""
    body = refusal("invalid_parameter", parameter)
    await shopper.fault(method="POST", path="/refunds", kind="status", status=400, body=body)
    wanted = {"refundId": "r-1", "reason": "broken", **asked_for}
    reply = await front.send("POST", refunds(shopper), wanted)
    record = await shopper.record()

    assert (422, [pointer]) == (reply.status, reply.pointers)
    assert ((), None) == (record.refunds, record.needs_attention)


async def test_pieces_that_digital_river_refuses_are_refused_at_their_field(front, shopper):  # noqa: F811 - the fixtures
    """Announced twice at once, what comes back once is refused the second time."""
    body = refusal("quantity_too_large", "items[0].qty")
    await shopper.fault(method="POST", path="/returns", kind="status", status=409, body=body)
    reply = await front.send("POST", f"/purchases/{shopper.id}/returns", RETURN)

    assert (422, ["/items/0/quantity"]) == (reply.status, reply.pointers)
    assert () == (await shopper.record()).returns


async def test_refund_that_does_not_come_through_holds_up_no_other(front, shopper, monkeypatch):  # noqa: F811 - the fixtures
    """While Digital River fails at one refund, a return of the same purchase goes its way."""
    monkeypatch.setattr("api.after_sale._SECONDS", 0.5)
    failing = {"kind": "status", "status": 500, "times": 0}
    await shopper.fault(method="POST", path="/refunds", **failing)
    stuck = await front.send("POST", refunds(shopper), BODY)
    monkeypatch.undo()
    announced = await front.send("POST", f"/purchases/{shopper.id}/returns", RETURN)

    assert [(202, "requested"), (201, "created")] == [
        (each.status, each.json["state"]) for each in (stuck, announced)
    ]
