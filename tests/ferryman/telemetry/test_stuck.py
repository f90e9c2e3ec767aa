import uuid
from datetime import UTC, datetime, timedelta

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from ferryman import search_attributes
from ferryman.telemetry.stuck import count, queries


@workflow.defn(name="Purchase")
class Waiting:
    """Waits for ever."""

    @workflow.run
    async def run(self) -> None:
        """Wait."""
        await workflow.wait_condition(lambda: False)


async def _until(client, queue, expected):
    while (found := await count(client, queue)) != expected:
        assert found is not None
    return found


async def test_overdue_and_called(temporal_client):
    """Of four purchases the overdue one and the one that calls a person are counted."""
    queue = uuid.uuid4().hex
    now = datetime.now(UTC)
    attention, deadline = search_attributes.NEEDS_ATTENTION, search_attributes.NEXT_DEADLINE
    told = (
        [SearchAttributePair(deadline, now - timedelta(hours=1))],
        [SearchAttributePair(deadline, now + timedelta(hours=1))],
        [SearchAttributePair(deadline, now)],
        [
            SearchAttributePair(attention, "review_overdue"),
            SearchAttributePair(deadline, now - timedelta(hours=1)),
        ],
    )
    async with Worker(
        temporal_client,
        task_queue=queue,
        workflows=[Waiting],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        handles = [
            await temporal_client.start_workflow(
                "Purchase",
                id=uuid.uuid4().hex,
                task_queue=queue,
                search_attributes=TypedSearchAttributes(each),
            )
            for each in told
        ]
        expected = {"overdue": 1, "flow_failing": 0, "parked_event": 0, "needs_attention": 1}
        found = await _until(temporal_client, queue, expected)
        for handle in handles:
            await handle.terminate()

    assert expected == found
    assert set(expected) == set(queries(queue, now))


async def test_other_queues_are_not_ours(temporal_client):
    """What another task queue does is not counted."""
    assert {0} == set((await count(temporal_client, uuid.uuid4().hex)).values())
