"""A purchase that somebody resets against the runbook: money still moves once."""

import asyncio
from contextlib import suppress

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.service import RPCError

from tests.workflows.conftest import Shop, Shopper


async def reset_before(shopper: Shopper, step: str) -> None:
    """Reset the workflow to just before it has begun this step."""
    client = shopper.shop.temporal.client
    history = await shopper.handle.fetch_history()
    began = next(
        event.workflow_task_completed_event_id
        for event in (
            each.activity_task_scheduled_event_attributes for each in reversed(history.events)
        )
        if event.activity_type.name == step
    )
    described = await shopper.handle.describe()
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(
                workflow_id=shopper.handle.id, run_id=described.run_id
            ),
            reason="against the runbook",
            workflow_task_finish_event_id=began,
            request_id=shopper.id,
        )
    )


@pytest.mark.no_replay
async def test_parcel_that_is_under_way_in_a_reset_is_reported_once(shop: Shop):
    """The new run looks first, since another may have reported it."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.fault(method="POST", path="/fulfillments", kind="late_commit", delay="PT0.8S")
    shipping = asyncio.ensure_future(shopper.ship("parcel-1", ("1", 1, 0)))
    async with asyncio.timeout(20):
        while "fulfill" not in {
            each.activity_type.name
            for each in (await shopper.handle.describe()).raw_description.pending_activities
        }:
            await asyncio.sleep(0.01)
    await reset_before(shopper, "fulfill")
    record = await shop.until(
        shopper, lambda record: [each.state for each in record.fulfillments] == ["shipped"]
    )
    with suppress(WorkflowUpdateFailedError, RPCError):
        await shipping

    # A slow second parcel, so that what was under way has surely come in.
    await shopper.fault(method="POST", path="/fulfillments", kind="latency", delay="PT1S")
    await shopper.ship("parcel-2", ("2", 3, 0))

    assert 1 == record.items[0].fulfilled
    assert 2 == len((await shopper.ledger())["fulfillments"])
