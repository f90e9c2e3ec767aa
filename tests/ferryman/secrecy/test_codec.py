import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowFailureError, WorkflowHistory
from temporalio.common import RetryPolicy
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import (
    ActivitySerializationContext,
    DataConverter,
    WorkflowSerializationContext,
)
from temporalio.exceptions import ApplicationError
from temporalio.worker import Replayer, Worker

from ferryman.secrecy.codec import ENCODING, KEY, NAMESPACE, WORKFLOW, Codec, Unbound
from ferryman.secrecy.converter import data_converter, encrypting
from ferryman.secrecy.place import Place, subject_of
from ferryman.secrecy.ring import KeyRing, Tampered, UnknownKey
from ferryman.settings import ProcessSettings
from tests.ferryman.secrecy.conftest import NEWER_TEXT, RING_TEXT
from workers.schedule import schedule_sweep, sweep_id

SECRET = "Erika Beispiel"
MINUTE = timedelta(minutes=1)
SOON = RetryPolicy(initial_interval=timedelta(milliseconds=10))


def inside(codec: Codec, workflow_id: str, namespace: str = "default") -> Codec:
    """The codec for the payloads of a workflow."""
    return codec.with_context(WorkflowSerializationContext(namespace, workflow_id))


def payload(data: bytes = b'"Erika Beispiel"') -> Payload:
    """Something to encrypt."""
    return Payload(metadata={"encoding": b"json/plain"}, data=data)


@pytest.fixture
def codec(keys):
    """The codec of one process."""
    return Codec(keys)


async def test_round_trip(codec):
    """What comes back is what went in, with its metadata, and nothing of it was to be seen."""
    here = inside(codec, "purchase/p1")
    sealed = await here.encode([payload(), payload(b"")])

    assert ENCODING == sealed[0].metadata["encoding"]
    assert SECRET.encode() not in sealed[0].SerializeToString()
    assert sealed[0].data != (await here.encode([payload()]))[0].data
    assert [payload(), payload(b"")] == await here.decode(sealed)


async def test_clear_payloads(codec):
    """What was written before encryption was switched on is still read."""
    assert [payload()] == await inside(codec, "purchase/p1").decode([payload()])


async def test_nothing_at_all(codec):
    """A call without arguments needs no key and no workflow."""
    assert [] == await codec.encode([])


async def test_no_workflow(codec):
    """What belongs to no workflow could be moved anywhere: it is not encrypted at all."""
    with pytest.raises(Unbound):
        await codec.encode([payload()])
    alone = ActivitySerializationContext("default", "a", None, None, None, None, is_local=False)
    with pytest.raises(Unbound):
        await codec.with_context(alone).encode([payload()])


@pytest.mark.parametrize(
    ("workflow_id", "namespace"),
    [
        ("purchase/p2", "default"),
        ("purchase/p1-2026-01-01", "default"),
        ("refund/p1/r1", "default"),
        ("purchase/p1", "other"),
    ],
)
async def test_moved(codec, workflow_id, namespace):
    """A payload that was moved to another workflow is refused, though it be of one purchase."""
    sealed = await inside(codec, "purchase/p1").encode([payload()])

    with pytest.raises(Tampered):
        await inside(codec, workflow_id, namespace).decode(sealed)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (WORKFLOW, b"purchase/p2"),
        (WORKFLOW, b"refund/p1/r1"),
        (WORKFLOW, b"\xff"),
        (NAMESPACE, b"other"),
        (KEY, b"one"),
        (KEY, b"9" * 40),
        (KEY, b"\xb2"),
    ],
)
async def test_relabelled(codec, name, value):
    """A payload whose label was changed to fit another place is refused there too."""
    await inside(codec, "purchase/p2").encode([payload()])
    [sealed] = await inside(codec, "purchase/p1").encode([payload()])
    sealed.metadata[name] = value
    claimed = sealed.metadata[WORKFLOW].decode(errors="replace")

    for reader in (codec, inside(codec, claimed, sealed.metadata[NAMESPACE].decode())):
        with pytest.raises(Tampered):
            await reader.decode([sealed])


async def test_without_a_label(codec):
    """A payload that does not say where it belongs is refused."""
    with pytest.raises(Tampered):
        await codec.decode([Payload(metadata={"encoding": ENCODING}, data=bytes(60))])


async def test_scheduled(codec):
    """What a schedule was given is read by each workflow that it starts, and by no other."""
    sealed = await inside(codec, "sweep/q").encode([payload()])

    assert [payload()] == await inside(codec, "sweep/q-2026-01-02T03:04:05Z").decode(sealed)
    with pytest.raises(Tampered):
        await inside(codec, "sweep/q2-2026-01-02T03:04:05Z").decode(sealed)


async def test_key_that_is_not_here(process, codec):
    """Without the ring's key nothing is read, and the error names the key."""
    sealed = await inside(codec, "purchase/p1").encode([payload()])
    stranger = Codec(process(ring=KeyRing.parse(NEWER_TEXT)))

    with pytest.raises(UnknownKey, match="'k1'"):
        await stranger.decode(sealed)


async def test_rotation(process, codec):
    """What older keys have encrypted is read while newer ones encrypt."""
    old = await inside(codec, "purchase/p1").encode([payload()])
    both = Codec(process(ring=KeyRing.parse(f"{NEWER_TEXT},{RING_TEXT}")))
    new = await inside(both, "purchase/p2").encode([payload()])

    assert [payload(), payload()] == await both.decode([*old, *new])
    with pytest.raises(UnknownKey, match="'k2'"):
        await codec.decode(new)


async def test_erased(process, codec):
    """Once the key is destroyed `[erased]` is read; other purchases stay as they were."""
    gone = await inside(codec, "purchase/p1").encode([payload()])
    gone += await inside(codec, "refund/p1/r1").encode([payload()])
    kept = await inside(codec, "purchase/p11").encode([payload()])
    await process().retire(["purchase/p1"])
    await process().destroy(["purchase/p1"])
    read = await Codec(process()).decode([*gone, *kept])

    assert [b'"[erased]"', b'"[erased]"', b'"Erika Beispiel"'] == [each.data for each in read]


@pytest.mark.parametrize(
    ("workflow_id", "subject"),
    [
        ("purchase/p1", "purchase/p1"),
        ("purchase/sweep", "purchase/sweep"),
        ("refund/p1/r/1", "purchase/p1"),
        ("return/p1/r1", "purchase/p1"),
        ("turn/p1", "purchase/p1"),
        ("parked-event/evt-1", "parked-event/evt-1"),
        ("sweep/purchases-2026-01-01T00:00:00Z", "sweep"),
        ("purchase", "purchase"),
        ("anything", "anything"),
    ],
)
def test_subjects(workflow_id, subject):
    """A purchase's refunds and returns are encrypted with its key."""
    assert subject == subject_of(workflow_id)


def test_places():
    """What is bound to a place says so in a way that fits no other place."""
    places = [Place("a", "b/c"), Place("a/b", "c"), Place("", "ab/c")]

    assert 3 == len({place.bound for place in places})


async def test_switched_off():
    """Without keys everything is as it was."""
    assert data_converter(ProcessSettings(encryption_keys=None)) is pydantic_data_converter


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
