"""The shop as it is served: a real API, a real worker, a real sandbox."""

from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from temporalio.testing import WorkflowEnvironment

from ferryman.records import Records
from ferryman.settings import DigitalRiverSettings
from ferryman.window_settings import ShopSettings
from tests.api.door import Wanted, opened, settings
from tests.running import river
from tests.running.records import records_in
from tests.shop.front.visiting import Visitor
from workers.worker import create_worker


@pytest.fixture(scope="session")
async def records(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Records]:
    """Real records, in SQLite."""
    async with records_in(tmp_path_factory.mktemp("records")) as records:
        yield records


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[str]:
    """A Digital River that sends no webhooks."""
    async with river.sandbox() as url:
        yield url


@pytest.fixture(scope="session")
async def visitor(
    temporal: WorkflowEnvironment,
    records: Records,
    sandbox: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Visitor]:
    """Somebody at the shop of an API that has keys of its own, none of them the development's."""
    wanted = Wanted()
    told = replace(
        settings(wanted, tmp_path_factory.mktemp("unused") / "x.db"),
        digital_river=DigitalRiverSettings(base_url=sandbox, timeout=2),
        shop=ShopSettings(shop="on"),
    )
    async with aiohttp.ClientSession() as http:
        worker = create_worker(
            temporal.client,
            task_queue=wanted.task_queue,
            digital_river=river.client_of(http, sandbox),
            records=records,
            policy=told.policy,
        )
        async with worker, opened(told, temporal.client, records) as door:
            yield Visitor(door.api, records, http, f"http://{door.host}:{door.port}", sandbox)
