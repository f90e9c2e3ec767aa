import asyncio
import json
import signal
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp.test_utils import unused_port
from temporalio.testing import WorkflowEnvironment

from tests.api.door import request
from tests.running.answers import silent
from tests.running.command import ended, ran, started
from tests.running.records import sqlite


def told(folder: Path, port: int = 0) -> dict[str, str]:
    """What an API is told that finds no Temporal."""
    return {
        "FERRYMAN_API_PORT": str(port),
        "FERRYMAN_DATABASE_URL": sqlite(folder),
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
    }


@asynccontextmanager
async def serving(folder: Path, **more: str) -> AsyncIterator[tuple[Process, str]]:
    """The API's process, once it listens, and where."""
    port = unused_port()
    async with started(folder, "-m", "api", **{**told(folder, port), **more}) as process:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            async for line in process.stdout:
                if b"listening" in line:
                    break
        yield process, f"http://127.0.0.1:{port}"


async def test_help(tmp_path: Path):
    """`--help` says what this is."""
    over = await ran(tmp_path, "-m", "api", "--help")

    assert over.code == 0
    assert "Ferryman's HTTP API" in over.out


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"FERRYMAN_LOG_LEVEL": "loud"}, "FERRYMAN_LOG_LEVEL"),
        ({"TEMPORAL_ADDRESS": "temporal.example.com:7233"}, "TEMPORAL_ADDRESS"),
        ({"FERRYMAN_API_HOST": "0.0.0.0"}, "FERRYMAN_API_KEYS"),  # noqa: S104 - must be refused
        ({"FERRYMAN_API_HOST": "192.0.2.1", "FERRYMAN_API_KEYS": f"a:read:{'0' * 64}"}, "HOST"),
        ({"FERRYMAN_DATABASE_URL": "sqlite+aiosqlite:////proc/x/y.db"}, "FERRYMAN_DATABASE_URL"),
    ],
)
async def test_refuses_to_start(tmp_path: Path, changed: dict[str, str], named: str):
    """What cannot work ends the process with one line that names the variable, and code 2."""
    over = await ran(tmp_path, "-m", "api", **{**told(tmp_path), **changed})

    assert over.code == 2
    assert over.err.startswith("cannot start: ")
    assert named in over.err
    assert len(over.err.splitlines()) == 1


async def test_starts_before_temporal(tmp_path: Path):
    """Without Temporal the process serves what it can, and says that it is not ready."""
    async with serving(tmp_path) as (process, url), aiohttp.ClientSession() as session:
        async with session.get(f"{url}/healthz") as alive, session.get(f"{url}/readyz") as ready:
            statuses = (alive.status, ready.status)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        over = await ended(process)

    assert statuses == (200, 503)
    assert (over.code, over.err) == (0, "")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_end_while_loading(tmp_path: Path, number: signal.Signals):
    """Long before it could serve anybody it ends with 0, and without a word of complaint."""
    loading = told(tmp_path) | {"PYTHONPROFILEIMPORTTIME": "1"}
    async with started(tmp_path, "-m", "api", **loading) as process:
        assert process.stderr is not None
        async for line in process.stderr:
            if line.endswith(b" pydantic_core\n"):
                break
        process.send_signal(number)
        over = await ended(process)

    assert (over.code, "Traceback" in over.err) == (0, False)


async def test_told_to_end_while_connecting(tmp_path: Path):
    """While its database says nothing it ends with 0, and at once."""
    knocked = asyncio.Event()
    async with silent(knocked) as port:
        url = f"postgresql+asyncpg://a@127.0.0.1:{port}/a"
        knocking = told(tmp_path) | {"FERRYMAN_DATABASE_URL": url}
        async with started(tmp_path, "-m", "api", **knocking) as process:
            async with asyncio.timeout(30):
                await knocked.wait()
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            over = await ended(process)

    assert over.code == 0
    assert time.monotonic() - began < 5


async def test_finishes_what_is_in_flight(tmp_path: Path, temporal: WorkflowEnvironment):
    """At SIGTERM a call that is under way gets its answer, and nobody new gets in."""
    there = {
        "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
        "FERRYMAN_TASK_QUEUE": "nobody-works-here",
    }
    body = json.dumps(request()).encode()
    head = (
        "POST /purchases HTTP/1.1",
        "Host: a",
        "Authorization: Bearer ferryman-development",
        "Idempotency-Key: k1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Expect: 100-continue",
    )
    async with serving(tmp_path, **there) as (process, url):
        port = int(url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write("\r\n".join([*head, "", ""]).encode())
        await reader.readuntil(b"100 Continue\r\n\r\n")
        process.send_signal(signal.SIGTERM)
        await _refused(port)
        writer.write(body)
        answer = await reader.read()
        writer.close()
        over = await ended(process)

    # Nobody works on it: that it is not ready in time is its answer.
    assert answer.startswith(b"HTTP/1.1 202 Accepted")
    assert (over.code, over.err) == (0, "")


async def _refused(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            # Reset is who came while the door was being closed.
            except (ConnectionRefusedError, ConnectionResetError):
                return
            writer.close()
