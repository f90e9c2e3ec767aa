"""The shop as it is served: a real API, a real worker, a real sandbox."""

from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from temporalio.testing import WorkflowEnvironment

from ferryman.digital_river.client import DigitalRiver
from ferryman.records import Records
from ferryman.sandbox import SandboxSettings, create_sandbox
from ferryman.settings import DigitalRiverSettings
from ferryman.window_settings import ShopSettings
from tests.api.door import Wanted, opened, settings
from tests.shop.front.visiting import Visitor
from workers.worker import create_worker


@pytest.fixture(scope="session")
async def records(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Records]:
    """Real records, in SQLite."""
    database = tmp_path_factory.mktemp("records") / "ferryman.db"
    records = await Records.open(f"sqlite+aiosqlite:///{database}")
    await records.migrate()
    yield records
    await records.close()


@pytest.fixture(scope="session")
async def sandbox() -> AsyncIterator[str]:
    """A Digital River that sends no webhooks."""
    told = SandboxSettings(webhook_url="", rate_limit=0, _env_file=None)
    async with TestServer(create_sandbox(told), host="127.0.0.1") as server:
        yield str(server.make_url("")).rstrip("/")


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
        river = DigitalRiver(
            http, base_url=sandbox, api_key=SecretStr("sk_test_sandbox"), timeout_seconds=2
        )
        worker = create_worker(
            temporal.client,
            task_queue=wanted.task_queue,
            digital_river=river,
            records=records,
            policy=told.policy,
        )
        async with worker, opened(told, temporal.client, records) as door:
            yield Visitor(door.api, records, http, f"http://{door.host}:{door.port}", sandbox)
