"""An API on a real socket, with real records and a worker that stands in for the real one."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

from ferryman.purchase.purchase import workflow_id
from ferryman.records import Records
from tests.api.door import Door, Told, Wanted, opened, request, settings
from tests.api.stand_in import Books, ParkedEvent, Purchase
from tests.running.records import records_in


@pytest.fixture(scope="session")
async def records(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Records]:
    """Real records, in SQLite."""
    async with records_in(tmp_path_factory.mktemp("records")) as records:
        yield records


@pytest.fixture(scope="session")
def wanted() -> Wanted:
    """What the API and its worker are told."""
    return Wanted()


@pytest.fixture(scope="session")
async def books(
    temporal: WorkflowEnvironment, records: Records, wanted: Wanted
) -> AsyncIterator[Books]:
    """What the stand-ins did, with a worker that runs them."""
    books = Books(records)
    async with Worker(
        temporal.client,
        task_queue=wanted.task_queue,
        workflows=[Purchase, ParkedEvent],
        activities=[books.begin, books.call, books.save],
    ):
        yield books


@pytest.fixture(scope="session")
async def door(
    temporal: WorkflowEnvironment,
    records: Records,
    books: Books,
    wanted: Wanted,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Door]:
    """The API, served."""
    del books
    told = settings(wanted, tmp_path_factory.mktemp("unused") / "x.db")
    async with opened(told, temporal.client, records) as door:
        yield door


@pytest.fixture
def client(temporal: WorkflowEnvironment) -> Client:
    """A client of Temporal."""
    return temporal.client


@pytest.fixture
def new_id() -> str:
    """A purchase id that no other test uses."""
    return f"p-{uuid.uuid4().hex[:20]}"


@pytest.fixture
def told(door: Door, client: Client, new_id: str) -> Told:
    """Open a purchase, and tell its stand-in how to answer."""

    async def tell(**behaviour: str) -> WorkflowHandle[Any, Any]:
        handle = client.get_workflow_handle(workflow_id(new_id))
        if (await door.get(f"/purchases/{new_id}")).status != 200:
            assert (await door.open(request(upstreamId=new_id))).status == 201
        await handle.execute_update("behave", behaviour)
        return handle

    return tell
