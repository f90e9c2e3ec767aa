"""Nothing that a workflow says or hears lies in Temporal in the clear."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleIntervalSpec,
    ScheduleSpec,
    WorkflowFailureError,
    WorkflowHandle,
    WorkflowHistory,
)
from temporalio.common import RetryPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    DataConverter,
)
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer, Worker

from ferryman.secrecy.codec import ENCODING, Codec
from ferryman.secrecy.converter import encrypting
from tests.ferryman.secrecy.test_codec import MINUTE, SECRET, inside, payload
from workers.schedule import schedule_sweep, sweep_id

SOON = RetryPolicy(initial_interval=timedelta(milliseconds=10))


@activity.defn
async def repeat(text: str) -> str:
    """Give back what was said, or fail over it, having beaten with it."""
    activity.heartbeat(text)
    if activity.info().attempt == 1:
        raise ApplicationError(f"cannot hear {text}", text, type="Deaf")
    return text


@workflow.defn(sandboxed=False)
class Echo:
    """Carries a secret through everything that a workflow has."""

    @workflow.init
    def __init__(self, said: str) -> None:
        self._said = said
        self._heard: list[str] = []

    @workflow.run
    async def run(self, said: str) -> str:
        """Say it to an activity and a child, wait for a signal of it, fail with it."""
        workflow.set_current_details(said)
        workflow.upsert_memo({"said": said})
        times = {"start_to_close_timeout": MINUTE, "retry_policy": SOON}
        await workflow.execute_activity(repeat, said, summary=said, **times)
        await workflow.execute_local_activity(repeat, said, **times)
        first = "child" not in workflow.info().workflow_id and not workflow.info().continued_run_id
        if first:
            await self._child(said)
        await workflow.wait_condition(lambda: bool(self._heard))
        if first:
            workflow.continue_as_new(said, memo={"said": said})
        raise ApplicationError(f"enough of {said}", {"said": said}, type="Enough")

    async def _child(self, said: str) -> None:
        child = f"{workflow.info().workflow_id}-child"
        handle = await workflow.start_child_workflow(
            Echo.run, said, id=child, static_summary=said, static_details=said
        )
        await workflow.get_external_workflow_handle(child).signal("hear", said)
        await self._ended(handle)

    async def _ended(self, child: "workflow.ChildWorkflowHandle[Echo, str]") -> None:
        try:
            await child
        except Exception as error:  # noqa: BLE001 - however the child ends
            self._heard.append(str(error.__cause__))

    @workflow.signal
    def hear(self, said: str) -> None:
        """Be told."""
        self._heard.append(said)

    @workflow.update
    def say(self, said: str) -> str:
        """Be asked."""
        return said

    @workflow.update
    def refuse(self, said: str) -> None:
        """Refuse."""
        raise ApplicationError(said, said, type="No")

    @workflow.query
    def said(self, more: str) -> str:
        """Tell."""
        return self._said + more


async def carried(client: Client, workflow_id: str) -> list[object]:
    """Carry the secret through a workflow; what was read on the way."""
    queue = f"queue-{workflow_id.replace('/', '-')}"
    async with Worker(client, task_queue=queue, workflows=[Echo], activities=[repeat]):
        handle = await client.start_workflow(
            Echo.run,
            SECRET,
            id=workflow_id,
            task_queue=queue,
            memo={"said": SECRET},
            static_summary=SECRET,
            static_details=SECRET,
        )
        read: list[object] = [await handle.execute_update(Echo.say, SECRET)]
        read.append(await handle.query(Echo.said, "!"))
        try:
            await handle.execute_update(Echo.refuse, SECRET)
        except Exception as error:  # noqa: BLE001 - what it says is looked at
            read.append(str(error.__cause__))
        described = await handle.describe()
        read += [await described.memo_value("said"), await described.static_summary()]
        await handle.signal(Echo.hear, SECRET)
        async with asyncio.timeout(30):
            while (await handle.describe()).run_id == described.run_id:
                await asyncio.sleep(0.02)
        await handle.signal(Echo.hear, SECRET)
        with pytest.raises(WorkflowFailureError) as failed:
            await handle.result()
        read.append(str(failed.value.cause))
    return read


def raw(history: WorkflowHistory) -> bytes:
    """A history as Temporal keeps it."""
    return b"".join(event.SerializeToString() for event in history.events)


async def histories(client: Client, workflow_id: str) -> list[bytes]:
    """All histories of a workflow and its child, as they lie in Temporal."""
    found = []
    for each in (workflow_id, f"{workflow_id}-child"):
        history = await client.get_workflow_handle(each).fetch_history()
        found.append(raw(history))
        before = history.events[0].workflow_execution_started_event_attributes
        if before.continued_execution_run_id:
            run = before.continued_execution_run_id
            earlier = client.get_workflow_handle(each, run_id=run)
            found.append(raw(await earlier.fetch_history()))
    return found


def client_with(client: Client, converter: DataConverter) -> Client:
    """The same connection, with another converter."""
    return Client(**{**client.config(), "data_converter": converter})


async def test_every_surface(temporal, keys):
    """Nothing that a workflow is told or says lies in its history; everybody reads all of it."""
    client = client_with(temporal.client, encrypting(keys))
    read = await carried(client, "purchase/echo")
    lying = await histories(client, "purchase/echo")
    replayer = Replayer(workflows=[Echo], namespace="default", data_converter=client.data_converter)
    await replayer.replay_workflow(
        await client.get_workflow_handle("purchase/echo").fetch_history()
    )

    assert [SECRET, f"{SECRET}!", f"No: {SECRET}", SECRET, SECRET] == read[:5]
    assert f"Enough: enough of {SECRET}" == read[5]
    assert 3 == len(lying)
    assert [] == [each for each in lying if SECRET.encode() in each]


async def test_planted_surfaces(temporal):
    """The secret is on every surface: without encryption it lies in all three histories."""
    client = client_with(temporal.client, pydantic_data_converter)
    await carried(client, "purchase/open-echo")
    lying = await histories(client, "purchase/open-echo")

    assert [True, True, True] == [SECRET.encode() in each for each in lying]


async def test_swapped_payloads(temporal, keys, caplog):
    """A worker refuses the payload of another purchase that was put into its history."""
    client = client_with(temporal.client, encrypting(keys))
    other = await inside(Codec(keys), "purchase/other").encode([payload()])
    outsider = client_with(
        temporal.client, replace(pydantic_data_converter, payload_codec=_Fixed(other))
    )
    async with Worker(client, task_queue="swap", workflows=[Echo], activities=[repeat]):
        handle = await outsider.start_workflow(
            Echo.run, SECRET, id="purchase/swap", task_queue="swap"
        )
        async with asyncio.timeout(30):
            while "workflowTaskFailed" not in (await handle.fetch_history()).to_json():
                await asyncio.sleep(0.02)
        await handle.terminate()

    assert "a payload of 'purchase/other' lies elsewhere" in caplog.text


async def test_schedule(temporal, keys):
    """A second worker finds the encrypted schedule as it would make it, and leaves it alone."""
    client = client_with(temporal.client, encrypting(keys))
    for _ in range(2):
        await schedule_sweep(client, "encrypted", interval=MINUTE, settle_time=MINUTE)
    handle = client.get_schedule_handle(sweep_id("encrypted"))
    shown = await handle.describe()
    await handle.delete()

    assert shown.info.last_updated_at is None
    assert ENCODING == shown.schedule.action.args[0].metadata["encoding"]


@workflow.defn(sandboxed=False)
class Counted:
    """Gives one more than the run before it."""

    @workflow.run
    async def run(self) -> str:
        """Count in words."""
        return f"{workflow.get_last_completion_result(str) or SECRET}!"


async def test_scheduled_twice(temporal, keys):
    """What a schedule hands from one run to the next is encrypted, and read by the next."""
    client = client_with(temporal.client, encrypting(keys))
    action = ScheduleActionStartWorkflow(Counted.run, id="counted/c", task_queue="counted")
    every = ScheduleSpec(intervals=[ScheduleIntervalSpec(timedelta(seconds=1))])
    async with Worker(client, task_queue="counted", workflows=[Counted]):
        handle = await client.create_schedule("counted", Schedule(action, every))
        async with asyncio.timeout(30):
            while not (ended := await results(client, "counted/c"))[1:]:
                await asyncio.sleep(0.1)
        await handle.delete()
        lying = [raw(await each.fetch_history()) for each in ended[:2]]

    assert [f"{SECRET}!", f"{SECRET}!!"] == [await each.result() for each in ended[:2]]
    assert [False, False] == [SECRET.encode() in each for each in lying]


async def results(client: Client, beginning: str) -> list[WorkflowHandle[Counted, str]]:
    """The completed runs whose ids begin so, oldest first."""
    query = f"WorkflowId STARTS_WITH '{beginning}' AND ExecutionStatus = 'Completed'"
    found = sorted([each.id async for each in client.list_workflows(query)])
    return [client.get_workflow_handle_for(Counted.run, each) for each in found]


class _Fixed(Codec):
    """Sends a payload that was made elsewhere."""

    def __init__(self, payloads: list[Payload]) -> None:
        self._payloads = payloads

    def with_context(self, context: object) -> "_Fixed":
        del context
        return self

    async def encode(self, payloads: object) -> list[Payload]:
        del payloads
        return self._payloads
