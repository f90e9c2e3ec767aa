"""One worker process: connect, register, carry, drain."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import aiohttp
import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from ferryman.digital_river.client import DigitalRiver, Witness
from ferryman.records import DatabasePace, Records
from ferryman.settings import Settings
from ferryman.telemetry.provider_calls import ProviderCalls
from ferryman.telemetry.telemetry import Telemetry
from ferryman.temporal import (
    MissingSearchAttributes,
    UnsafeConnection,
    connect,
    register_search_attributes,
)

from .courier import couriering
from .health import Health, UnusablePort, serve_health
from .schedule import schedule_sweep
from .version import telling_whether_idle, version_of
from .worker import create_worker

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0
# The SDK's runtime aborts the process where it ends in the same breath as its last call.
LAST_BREATH_SECONDS = 0.3
LONGEST_DRAIN_SECONDS = 9.0
UNUSABLE = 2


class UnusableDatabase(RuntimeError):
    """The records cannot even be opened."""


async def run(settings: Settings) -> int:
    """Carry purchases until SIGTERM or SIGINT; the exit code, 0 once all is drained."""
    try:
        await _carry(settings)
    except (UnsafeConnection, MissingSearchAttributes) as error:
        return _refuse(str(error))
    except UnusablePort as error:
        return _refuse(f"FERRYMAN_WORKER_HOST, FERRYMAN_WORKER_PORT: {error}")
    except UnusableDatabase as error:
        return _refuse(f"FERRYMAN_DATABASE_URL cannot be used: {error}")
    await asyncio.sleep(LAST_BREATH_SECONDS)
    return 0


def _refuse(reason: str) -> int:
    sys.stderr.write(f"cannot start: {reason}\n")
    return UNUSABLE


async def _carry(settings: Settings) -> None:
    async with AsyncExitStack() as stack:
        telemetry = Telemetry.of("ferryman-worker", counted=settings.worker.port is not None)
        stack.push_async_callback(telemetry.close)
        health = Health(settings.process.task_queue, telemetry.core)
        await stack.enter_async_context(serve_health(health, settings.worker))
        records = await stack.enter_async_context(_records(settings))
        client = await _connected(settings, records, telemetry)
        # Until here there was nothing to drain.
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        await stack.enter_async_context(couriering(settings.notification, records, stopping))
        witness = ProviderCalls(telemetry.tracing)
        digital_river = await stack.enter_async_context(_digital_river(settings, records, witness))
        version = version_of(settings.worker)
        worker = create_worker(
            client,
            task_queue=settings.process.task_queue,
            digital_river=digital_river,
            records=records,
            policy=settings.policy,
            document_link_age=settings.purchase.document_link_age,
            version=version,
        )
        async with worker, telling_whether_idle(client, version):
            health.polling = True
            log.info(
                "worker_started",
                task_queue=settings.process.task_queue,
                build=settings.worker.build,
            )
            await stopping.wait()
            health.polling = False
            asyncio.get_running_loop().call_later(LONGEST_DRAIN_SECONDS, _cut_short)
        log.info("worker_drained")


def _cut_short() -> None:
    """End a drain that a dead Temporal holds up; what is under way is tried again elsewhere."""
    log.warning("drain_cut_short")
    os._exit(0)


async def _connected(settings: Settings, records: Records, telemetry: Telemetry) -> Client:
    """Wait for Temporal and the database, which may start after us."""
    while True:
        try:
            await records.migrate()
            client = await connect(lazy=False, engine=records.engine, telemetry=telemetry)
            await register_search_attributes(client)
            await schedule_sweep(
                client,
                settings.process.task_queue,
                interval=settings.purchase.poll_interval,
                settle_time=settings.purchase.settle_time,
            )
        except MissingSearchAttributes:
            raise
        except (RPCError, RuntimeError, OSError) as error:
            log.warning("waiting_for_parts", cause=str(error))
            await asyncio.sleep(RETRY_SECONDS)
        else:
            return client


@asynccontextmanager
async def _records(settings: Settings) -> AsyncIterator[Records]:
    try:
        records = await Records.open(settings.process.database_url.get_secret_value())
    except OSError as error:
        raise UnusableDatabase(str(error)) from error
    try:
        yield records
    finally:
        await records.close()


@asynccontextmanager
async def _digital_river(
    settings: Settings, records: Records, witness: Witness
) -> AsyncIterator[DigitalRiver]:
    told = settings.digital_river
    limit = timedelta(seconds=told.timeout)
    pace = DatabasePace(records.engine, told.rate_limit, timeout=limit)
    async with aiohttp.ClientSession() as session:
        yield DigitalRiver(
            session,
            base_url=told.base_url,
            api_key=told.api_key,
            version=told.version,
            timeout_seconds=told.timeout,
            pace=pace,
            witness=witness,
        )
