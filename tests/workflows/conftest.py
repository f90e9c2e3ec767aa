"""A shop around one worker: the real flow against the real sandbox, with time to travel in."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Replayer

from tests.running.records import records_at, sqlite
from tests.running.river import client_of, sandbox
from tests.workflows.given import ADDRESS, DECLINED_CARD, GOOD_CARD, POLICY, REQUEST
from tests.workflows.shop import POLL_SECONDS, Shop, Shopper
from workers.worker import WORKFLOWS, create_worker, sandboxed

__all__ = [
    "ADDRESS",
    "DECLINED_CARD",
    "GOOD_CARD",
    "POLICY",
    "POLL_SECONDS",
    "REQUEST",
    "Shop",
    "Shopper",
]


@pytest.fixture
async def sandbox_url() -> AsyncIterator[str]:
    """A Digital River that sends no webhooks: the tests tell what they want told.

    Each test has one of its own, since it turns the clock.
    """
    async with sandbox() as url:
        yield url


@pytest.fixture
def settle_time() -> timedelta:
    """How long the worker waits before it looks up what an ambiguous call has done."""
    return POLICY.settle_time


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """Where the records are kept."""
    return sqlite(tmp_path)


@pytest.fixture
async def shop(
    temporal: WorkflowEnvironment,
    sandbox_url: str,
    database_url: str,
    settle_time: timedelta,
    request: pytest.FixtureRequest,
) -> AsyncIterator[Shop]:
    """A worker with its records, on a task queue of its own."""
    queue = f"t{abs(hash(request.node.nodeid)) % 10**9}"
    async with records_at(database_url) as records, aiohttp.ClientSession() as http:
        digital_river = client_of(http, sandbox_url)
        worker = create_worker(
            temporal.client,
            task_queue=queue,
            digital_river=digital_river,
            records=records,
            policy=POLICY.model_copy(update={"settle_time": settle_time}),
        )
        async with worker:
            yield Shop(temporal, records, http, sandbox_url, queue, digital_river)
        if request.node.get_closest_marker("no_replay") is None:
            await replay_all(temporal.client, queue)


async def replay_all(client: Client, queue: str) -> None:
    """Replay what the test has run: a flow that is not deterministic fails here."""
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=sandboxed(),
        data_converter=pydantic_data_converter,
    )
    histories = client.list_workflows(f"TaskQueue = '{queue}'").map_histories()
    await replayer.replay_workflows(histories)
