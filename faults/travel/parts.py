"""The parts of one Ferryman: its Digital River, its API behind a real socket, its worker."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
from aiohttp import web
from aiohttp.test_utils import unused_port
from pydantic import SecretStr
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from api.signatures import Clock
from ferryman.digital_river.client import DigitalRiver
from ferryman.records import Records
from ferryman.sandbox import SandboxSettings, create_sandbox
from ferryman.sandbox.keys import WORLD
from ferryman.settings import (
    ApiSettings,
    DigitalRiverSettings,
    ProcessSettings,
    PurchaseSettings,
    Settings,
    WorkerSettings,
)
from ferryman.temporal import IMPATIENT
from workers.worker import create_worker

from .gate import Gate
from .posts import HOST, Crew, Door
from .server import CLOCKS, IDENTITY

_WINDOWS = {
    "settle_time": timedelta(seconds=1),
    "poll_interval": timedelta(days=1),
}
"""Where nobody says otherwise: looks are sparse, since it is the timers that are watched."""


@dataclass
class Parts:
    """What runs."""

    settings: Settings
    door: Door
    crew: Crew
    gate: Gate
    """Between the API and Temporal; the worker has a way of its own."""
    sandbox_url: str
    now: Clock
    """Digital River's."""
    digital_river: DigitalRiver
    """As the merchant's other systems use it."""
    records: Records
    http: aiohttp.ClientSession

    @property
    def task_queue(self) -> str:
        """Where this Ferryman's work is."""
        return self.settings.process.task_queue


@asynccontextmanager
async def assembled(
    temporal: Client, http: aiohttp.ClientSession, folder: Path, told: dict[str, Any]
) -> AsyncIterator[Parts]:
    """Put the parts together; `told` are what a purchase is promised."""
    settings = _settings(told, folder)
    async with AsyncExitStack() as stack:
        sandbox = _sandbox(settings)
        sandbox_url = await stack.enter_async_context(_served(sandbox))
        records = await stack.enter_async_context(_records(settings))
        gate = await stack.enter_async_context(_gate(temporal))
        now = sandbox[WORLD].clock.now
        digital_river = _client(settings, http, sandbox_url)
        door = Door(settings, await _through(gate), records, now)
        await door.open()
        stack.push_async_callback(door.close)
        crew = Crew(lambda: _worker(temporal, settings, digital_river, records))
        await crew.start()
        stack.push_async_callback(crew.stop)
        yield Parts(settings, door, crew, gate, sandbox_url, now, digital_river, records, http)


def _worker(
    temporal: Client, settings: Settings, digital_river: DigitalRiver, records: Records
) -> Worker:
    return create_worker(
        temporal,
        task_queue=settings.process.task_queue,
        digital_river=digital_river,
        records=records,
        policy=settings.policy,
    )


@asynccontextmanager
async def _records(settings: Settings) -> AsyncIterator[Records]:
    records = await Records.open(settings.process.database_url.get_secret_value())
    try:
        await records.migrate()
        yield records
    finally:
        await records.close()


def _gate(temporal: Client) -> Gate:
    host, port = temporal.service_client.config.target_host.split(":")
    return Gate(host, int(port))


def _settings(told: dict[str, Any], folder: Path) -> Settings:
    return Settings(
        process=ProcessSettings(
            task_queue=f"t{uuid4().hex[:12]}",
            database_url=SecretStr(f"sqlite+aiosqlite:///{folder}/ferryman.db"),
        ),
        api=ApiSettings(port=unused_port()),
        worker=WorkerSettings(),
        digital_river=DigitalRiverSettings(timeout=2),
        purchase=PurchaseSettings(**{**_WINDOWS, **told}),
    )


def _sandbox(settings: Settings) -> web.Application:
    address = f"http://{HOST}:{settings.api.port}/webhooks/digital-river"
    sandbox = SandboxSettings(
        webhook_url=address,
        webhook_clock="sandbox",
        webhook_retries="production",
        rate_limit=0,
        _env_file=None,
    )
    return create_sandbox(sandbox)


@asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[str]:
    port = unused_port()
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    try:
        yield f"http://{HOST}:{port}"
    finally:
        await runner.cleanup()


def _client(settings: Settings, http: aiohttp.ClientSession, base_url: str) -> DigitalRiver:
    river = settings.digital_river
    return DigitalRiver(
        http, base_url=base_url, api_key=river.api_key, timeout_seconds=river.timeout
    )


async def _through(gate: Gate) -> Client:
    """Connect as the API does, with clocks that may be turned on all the same."""
    client = await Client.connect(
        gate.address,
        data_converter=pydantic_data_converter,
        identity=IDENTITY,
        retry_config=IMPATIENT,
        lazy=True,
    )
    return TimeSkipper(client, config=CLOCKS).client
