import uuid
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.telemetry.promptness import EVENTS, KEEPING, Promptness
from ferryman.telemetry.steps import Steps

QUICK = RetryPolicy(initial_interval=timedelta(milliseconds=1), maximum_attempts=4)


@activity.defn(name="stumble")
async def stumble() -> None:
    """Fail in three ways, the last of which is no failure."""
    match activity.info().attempt:
        case 1:
            raise ApplicationError("Erika", type="Ambiguous")
        case 2:
            raise KeyError("Beispiel")
        case 3:
            raise ApplicationError("not yet", type="NothingNew")


@activity.defn(name=KEEPING)
async def keep(saving: dict[str, object]) -> None:
    """Keep a version."""
    del saving


class Entry:
    """What a timeline entry of an event has."""

    def __init__(self, event_id: str) -> None:
        self.kind, self.detail = "event", {"id": event_id}


class Saving:
    """What a version with its entries is."""

    def __init__(self, *events: str) -> None:
        self.entries = [Entry(each) for each in events]


@workflow.defn(name="Timed")
class Timed:
    """Keeps what it hears."""

    def __init__(self) -> None:
        self._heard: list[str] = []

    @workflow.run
    async def run(self, events: int) -> None:
        """Keep so many events, or stumble."""
        if not events:
            await workflow.execute_activity(
                stumble, start_to_close_timeout=timedelta(seconds=5), retry_policy=QUICK
            )
            return
        await workflow.wait_condition(lambda: len(self._heard) == events)
        for kept in (self._heard, self._heard):
            await workflow.execute_local_activity(
                KEEPING,
                {"entries": kept},
                start_to_close_timeout=timedelta(seconds=5),
            )

    @workflow.signal(name=EVENTS)
    def hear(self, events: list[ProviderEvent]) -> None:
        """Hear them."""
        self._heard += [event.id for event in events]


def _client(temporal: WorkflowEnvironment, interceptor: object) -> Client:
    return Client(**{**temporal.client.config(), "interceptors": [interceptor]})


def _worker(client: Client, queue: str) -> Worker:
    return Worker(
        client,
        task_queue=queue,
        workflows=[Timed],
        activities=[stumble, keep],
        workflow_runner=UnsandboxedWorkflowRunner(),
    )


async def test_steps_are_timed_and_failures_named(temporal, risen):
    """A failed attempt is counted by its kind alone, one that only asks again later is not."""
    client = _client(temporal, Steps())
    kinds = ("Ambiguous", "KeyError", "NothingNew")
    for kind in kinds:
        risen("ferryman_step_failures_total", step="stumble", failure=kind)
    risen("ferryman_step_seconds_count", step="stumble")
    risen("ferryman_step_failing_seconds_count", step="stumble")
    async with _worker(client, "steps"):
        await client.execute_workflow("Timed", 0, id=uuid.uuid4().hex, task_queue="steps")

    counted = [risen("ferryman_step_failures_total", step="stumble", failure=k) for k in kinds]
    assert [1, 1, 0] == counted
    assert 1 == risen("ferryman_step_seconds_count", step="stumble")
    assert 2 == risen("ferryman_step_failing_seconds_count", step="stumble")


async def test_events_are_timed(temporal, risen, monkeypatch):
    """An event is timed from its sending until the version is kept that tells of it, once."""
    monkeypatch.setattr(
        "ferryman.telemetry.promptness._heard", lambda arguments: arguments[0]["entries"]
    )
    client = _client(temporal, Promptness())
    risen("ferryman_event_applied_seconds_count")
    risen("ferryman_event_applied_seconds_sum")
    async with _worker(client, "promptness"):
        handle = await client.start_workflow(
            "Timed", 2, id=uuid.uuid4().hex, task_queue="promptness"
        )
        for number in ("1", "2"):
            event = ProviderEvent(id=f"e{number}", name="order.accepted", hint=Hint.ACCEPTED)
            await handle.signal(EVENTS, [event])
        await handle.result()

    assert 1 == risen("ferryman_event_applied_seconds_count")
    assert 0 < risen("ferryman_event_applied_seconds_sum") < 30
