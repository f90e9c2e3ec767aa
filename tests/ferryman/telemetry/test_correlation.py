import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from structlog.contextvars import bound_contextvars, get_contextvars
from temporalio import activity, workflow
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from ferryman.telemetry.correlation import HEADER, Correlation, current

STEP = timedelta(seconds=5)


@activity.defn(name="whose")
async def whose() -> str | None:
    """The request that this step is done for."""
    return current()


@workflow.defn(name="Followed")
class Followed:
    """Takes a step at its start and for each word that it hears."""

    def __init__(self) -> None:
        self._words: list[str] = []
        self._done: list[str | None] = []

    @workflow.run
    async def run(self, words: int) -> list[str | None]:
        """Give for whom each step was done."""
        self._done.append(await self._step())
        while len(self._done) <= words:
            await workflow.wait_condition(lambda: bool(self._words))
            local = self._words.pop() == "local"
            self._done.append(await (self._local() if local else self._step()))
        return self._done

    @workflow.signal
    def tell(self, word: str) -> None:
        """Hear it."""
        self._words.append(word)

    @workflow.update
    async def ask(self, word: str) -> None:
        """Hear it and answer once it is done."""
        self._words.append(word)
        done = len(self._done)
        await workflow.wait_condition(lambda: len(self._done) > done)

    @workflow.query
    def steps(self) -> int:
        """How many steps were taken."""
        return len(self._done)

    @workflow.signal
    async def pass_on(self, to: str) -> None:
        """Tell another."""
        await workflow.get_external_workflow_handle(to).signal("tell", "from elsewhere")

    async def _step(self) -> str | None:
        return await workflow.execute_activity(whose, start_to_close_timeout=STEP)

    async def _local(self) -> str | None:
        return await workflow.execute_local_activity(whose, start_to_close_timeout=STEP)


@pytest.fixture
async def client(temporal: WorkflowEnvironment) -> AsyncIterator[Client]:
    """A client with a worker that has taken the interceptor over from it."""
    config = temporal.client.config()
    client = Client(**{**config, "interceptors": [Correlation()]})
    async with Worker(
        client,
        task_queue="correlation",
        workflows=[Followed],
        activities=[whose],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        yield client


async def _begin(client: Client, words: int) -> WorkflowHandle[Followed, list[str | None]]:
    return await client.start_workflow(
        Followed.run, words, id=uuid.uuid4().hex, task_queue="correlation"
    )


async def test_from_request_to_step(client: Client):
    """A step is done for the request that said the last word, however it was said."""
    with bound_contextvars(request_id="start"):
        handle = await _begin(client, 3)
    while not await handle.query(Followed.steps):
        await asyncio.sleep(0.02)
    with bound_contextvars(request_id="update"):
        await handle.execute_update(Followed.ask, "ordinary")
    with bound_contextvars(request_id="local"):
        await handle.execute_update(Followed.ask, "local")
    with bound_contextvars(request_id="signal"):
        await handle.signal(Followed.tell, "ordinary")

    assert ["start", "update", "local", "signal"] == await handle.result()


async def test_start_with_update(client: Client):
    """A purchase's first call, which starts and asks at once, names its request too."""
    start = WithStartWorkflowOperation(
        Followed.run,
        1,
        id=uuid.uuid4().hex,
        task_queue="correlation",
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
    )
    with bound_contextvars(request_id="both"):
        await client.execute_update_with_start_workflow(
            Followed.ask, "ordinary", start_workflow_operation=start
        )

    assert ["both", "both"] == await (await start.workflow_handle()).result()


async def test_from_workflow_to_workflow(client: Client):
    """What a workflow tells another is told for the same request."""
    told, teller = await _begin(client, 1), await _begin(client, 1)
    with bound_contextvars(request_id="first"):
        await teller.signal(Followed.pass_on, told.id)

    assert [None, "first"] == await told.result()
    await teller.terminate()


async def test_without_a_request(client: Client):
    """Where nobody asks, as in a schedule, nothing is carried and nothing left over."""
    with bound_contextvars(request_id="somebody's"):
        await (await _begin(client, 0)).result()
    handle = await _begin(client, 0)

    assert [None] == await handle.result()
    history = await handle.fetch_history()
    assert HEADER not in str(history.events[0])


async def test_concurrent_requests_stay_apart(client: Client):
    """Requests at the same time do not lend each other their ids."""

    async def one(number: int) -> bool:
        with bound_contextvars(request_id=f"r{number}"):
            handle = await _begin(client, 0)
            return await handle.result() == [f"r{number}"]

    assert all(await asyncio.gather(*map(one, range(10))))
    assert "request_id" not in get_contextvars()
