"""The worker as a process of its own."""

import asyncio
import signal
from asyncio.subprocess import Process
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port
from temporalio.testing import WorkflowEnvironment

from tests.running.answers import silent, until
from tests.running.command import ended, started
from tests.running.records import sqlite

LONGEST_DRAIN_SECONDS = 10


def running(folder: Path, **told: str) -> AbstractAsyncContextManager[Process]:
    """The worker with this environment and no other; killed where the test has left it running."""
    return started(folder, "-m", "workers", **{"FERRYMAN_DATABASE_URL": sqlite(folder), **told})


async def until_ready(port: int, expected: int = 200) -> None:
    """Wait until the worker's readiness answers so."""
    await until(f"http://127.0.0.1:{port}/readyz", expected)


@pytest.fixture
def address(temporal: WorkflowEnvironment) -> str:
    """Where the dev server listens."""
    return temporal.client.service_client.config.target_host


async def test_worker_drains_and_exits_cleanly(tmp_path, address):
    """SIGTERM ends a polling worker with 0 within ten seconds."""
    port = unused_port()
    async with running(
        tmp_path, TEMPORAL_ADDRESS=address, FERRYMAN_WORKER_PORT=str(port)
    ) as process:
        await until_ready(port)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LONGEST_DRAIN_SECONDS):
            await process.wait()

        assert 0 == process.returncode


async def test_worker_waits_for_a_temporal_that_is_not_there_yet(tmp_path):
    """Started first, the worker lives, is not ready, and still ends when told to."""
    port = unused_port()
    async with running(
        tmp_path,
        TEMPORAL_ADDRESS=f"127.0.0.1:{unused_port()}",
        FERRYMAN_WORKER_PORT=str(port),
    ) as process:
        await until_ready(port, expected=503)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(LONGEST_DRAIN_SECONDS):
            await process.wait()

        assert 0 == process.returncode


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_worker_told_to_end_while_it_is_loading(tmp_path, number):
    """Long before it could carry anything it ends with 0, and without a word of complaint."""
    async with running(tmp_path, PYTHONPROFILEIMPORTTIME="1") as process:
        async for line in process.stderr:
            if line.endswith(b" pydantic_core\n"):
                break
        process.send_signal(number)
        async with asyncio.timeout(LONGEST_DRAIN_SECONDS):
            _, rest = await process.communicate()

    assert (0, False) == (process.returncode, b"Traceback" in rest)


@pytest.mark.parametrize("part", ["Temporal", "the database"])
async def test_worker_told_to_end_while_it_is_connecting(tmp_path, part):
    """What it connects to takes the connection and says nothing; it ends with 0 all the same."""
    knocked = asyncio.Event()
    async with silent(knocked) as port:
        told = {
            "Temporal": {"TEMPORAL_ADDRESS": f"127.0.0.1:{port}"},
            "the database": {"FERRYMAN_DATABASE_URL": f"postgresql+asyncpg://a@127.0.0.1:{port}/a"},
        }
        async with running(tmp_path, **told[part]) as process:
            await knocked.wait()
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(LONGEST_DRAIN_SECONDS):
                await process.wait()

            assert 0 == process.returncode


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TEMPORAL_ADDRESS", "temporal.example.com:7233"),
        ("DIGITAL_RIVER_BASE_URL", "http://digital-river.example.com"),
        ("FERRYMAN_SETTLE_TIME", "soon"),
        ("FERRYMAN_DATABASE_URL", "sqlite+aiosqlite:////proc/nowhere/ferryman.db"),
    ],
)
async def test_worker_refuses_what_cannot_work(tmp_path, variable, value):
    """One line names the variable, and the exit code is not 0."""
    async with running(tmp_path, **{variable: value}) as process:
        over = await ended(process)

    assert 2 == over.code
    assert [True] == [variable in line for line in over.err.splitlines()]


async def test_worker_refuses_a_port_that_is_taken(tmp_path):
    """Where somebody listens already, one line says which variables to change."""
    async with (
        silent(asyncio.Event()) as port,
        running(tmp_path, FERRYMAN_WORKER_PORT=str(port)) as process,
    ):
        over = await ended(process)

    assert 2 == over.code
    assert [True] == ["FERRYMAN_WORKER_PORT" in line for line in over.err.splitlines()]
