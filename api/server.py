"""The API as a process: from its settings to its last answer."""

import asyncio
import signal
import time
from contextlib import suppress

import structlog
from aiohttp import web
from sqlalchemy.exc import SQLAlchemyError
from temporalio.client import Client

from ferryman.records import Records, RecordsUnavailable
from ferryman.settings import Settings, refuse
from ferryman.telemetry.telemetry import Telemetry
from ferryman.temporal import UnsafeConnection, connect

from .app import Api, create_api
from .connections import Runner, site

_FOR_DATABASE = 10.0
_BETWEEN = 0.5
_FOR_ANSWERS = 8.0
# Whoever holds a connection open may be sending on it right now; answered once more, and told to
# close it, they come to no harm.
_FOR_LAST_CALLS = 1.0
# The SDK aborts the process where it ends right after a call.
_BEFORE_EXIT = 0.5

log = structlog.get_logger()


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, then answer what is in flight, for eight seconds at most."""
    records = await _records(settings)
    telemetry = Telemetry.of("ferryman-api")
    temporal = await _temporal(records, telemetry)
    api = create_api(settings, temporal, records, telemetry=telemetry)
    runner = Runner(api.app)
    await runner.setup()
    place = site(runner, settings.api.host, settings.api.port)
    # Until here there was nothing to drain.
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    try:
        await _listen(place, settings)
        log.info("listening", addresses=runner.addresses)
        await stop.wait()
        await _drain(api, place)
    finally:
        await runner.cleanup()
        await records.close()
        await telemetry.close()
    await asyncio.sleep(_BEFORE_EXIT)


async def _temporal(records: Records, telemetry: Telemetry) -> Client:
    try:
        return await connect(engine=records.engine, telemetry=telemetry)
    except UnsafeConnection as error:
        await records.close()
        refuse(str(error))
    except (ValueError, RuntimeError, OSError) as error:
        await records.close()
        refuse(f"TEMPORAL_…: {error}")


async def _records(settings: Settings) -> Records:
    try:
        records = await Records.open(settings.process.database_url.get_secret_value())
        await _migrate(records)
    except (OSError, SQLAlchemyError) as error:
        # Its words may hold the address and the user; its class says enough.
        refuse(f"FERRYMAN_DATABASE_URL: cannot be used ({type(error).__name__})")
    return records


async def _migrate(records: Records) -> None:
    """Bring the tables up to date; a database that is starting too is waited for."""
    until = time.monotonic() + _FOR_DATABASE
    while True:
        try:
            return await records.migrate()
        except RecordsUnavailable:
            if time.monotonic() > until:
                await records.close()
                raise
            await asyncio.sleep(_BETWEEN)


async def _listen(place: web.TCPSite, settings: Settings) -> None:
    try:
        await place.start()
    except OSError as error:
        address = f"{settings.api.host}:{settings.api.port}"
        refuse(f"FERRYMAN_API_HOST, FERRYMAN_API_PORT: cannot listen at {address}: {error}")


async def _drain(api: Api, place: web.TCPSite) -> None:
    log.info("stopping", in_flight=api.boundary.in_flight)
    api.health.draining = api.boundary.draining = True
    await place.stop()
    with suppress(TimeoutError):
        async with asyncio.timeout(_FOR_ANSWERS):
            await asyncio.sleep(_FOR_LAST_CALLS)
            await api.boundary.drained()
