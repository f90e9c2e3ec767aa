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
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkipper

from api.app import create_api
from api.connections import Runner, site
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
from .server import CLOCKS, IDENTITY

_HOST = "127.0.0.1"
_WINDOWS = {
    "settle_time": timedelta(seconds=1),
    "poll_interval": timedelta(days=1),
}
"""Where nobody says otherwise: looks are sparse, since it is the timers that are watched."""


class Door:
    """The API on a port of its own; closed, nobody answers there."""

    def __init__(self, settings: Settings, client: Client, records: Records, clock: Clock) -> None:
        self._made_of = (settings, client, records, clock)
        self._runner: Runner | None = None
        self.port = settings.api.port
        self.url = f"http://{_HOST}:{self.port}"

    async def open(self) -> None:
        """Serve."""
        self._runner = Runner(create_api(*self._made_of).app)
        await self._runner.setup()
        await site(self._runner, _HOST, self.port).start()

    async def close(self) -> None:
        """Serve no more."""
        if self._runner is not None:
            await self._runner.cleanup()


@dataclass
class Parts:
    """What runs."""

    task_queue: str
    door: Door
    gate: Gate
    """Between the API and Temporal; the worker has a way of its own."""
    sandbox_url: str
    now: Clock
    """Digital River's."""
    digital_river: DigitalRiver
    """As the merchant's other systems use it."""
    records: Records
    http: aiohttp.ClientSession


@asynccontextmanager
async def assembled(
    temporal: Client, http: aiohttp.ClientSession, folder: Path, told: dict[str, Any]
) -> AsyncIterator[Parts]:
    """Put the parts together; `told` are what a purchase is promised."""
    settings = _settings(told)
    async with AsyncExitStack() as stack:
        sandbox = _sandbox(settings)
        sandbox_url = await stack.enter_async_context(_served(sandbox))
        records = await Records.open(f"sqlite+aiosqlite:///{folder}/ferryman.db")
        stack.push_async_callback(records.close)
        await records.migrate()
        host, port = temporal.service_client.config.target_host.split(":")
        gate = await stack.enter_async_context(Gate(host, int(port)))
        digital_river = _client(settings, http, sandbox_url)
        now = sandbox[WORLD].clock.now
        door = Door(settings, await _through(gate), records, now)
        await door.open()
        stack.push_async_callback(door.close)
        worker = create_worker(
            temporal,
            task_queue=settings.process.task_queue,
            digital_river=digital_river,
            records=records,
            settle_time=settings.purchase.settle_time,
        )
        await stack.enter_async_context(worker)
        yield Parts(
            settings.process.task_queue,
            door,
            gate,
            sandbox_url,
            now,
            digital_river,
            records,
            http,
        )


def _settings(told: dict[str, Any]) -> Settings:
    return Settings(
        process=ProcessSettings(task_queue=f"t{uuid4().hex[:12]}"),
        api=ApiSettings(port=unused_port()),
        worker=WorkerSettings(),
        digital_river=DigitalRiverSettings(timeout=2),
        purchase=PurchaseSettings(**{**_WINDOWS, **told}),
    )


def _sandbox(settings: Settings) -> web.Application:
    address = f"http://{_HOST}:{settings.api.port}/webhooks/digital-river"
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
    await web.TCPSite(runner, _HOST, port).start()
    try:
        yield f"http://{_HOST}:{port}"
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
