import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp
import pytest
from temporalio.testing import WorkflowEnvironment

from tests.api.door import request
from tests.api.test_outages import _free_port

PROJECT = Path(__file__).parents[2]


def _environment(folder: Path, port: int, **told: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PROJECT),
        "FERRYMAN_API_PORT": str(port),
        "FERRYMAN_DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'ferryman.db'}",
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        **told,
    }


async def _start(
    folder: Path, port: int, *arguments: str, **told: str
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "api", *arguments),
        env=_environment(folder, port, **told),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def _over(process: asyncio.subprocess.Process) -> tuple[int | None, str, str]:
    async with asyncio.timeout(30):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def _listening(
    folder: Path, **told: str
) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    port = _free_port()
    process = await _start(folder, port, **told)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(20):
            async for line in process.stdout:
                if b"listening" in line:
                    break
        yield process, f"http://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_help(tmp_path: Path):
    """`--help` says what this is."""
    code, out, _ = await _over(await _start(tmp_path, 0, "--help"))

    assert code == 0
    assert "Ferryman's HTTP API" in out


@pytest.mark.parametrize(
    ("told", "named"),
    [
        ({"FERRYMAN_LOG_LEVEL": "loud"}, "FERRYMAN_LOG_LEVEL"),
        ({"TEMPORAL_ADDRESS": "temporal.example.com:7233"}, "TEMPORAL_ADDRESS"),
        ({"FERRYMAN_API_HOST": "0.0.0.0"}, "FERRYMAN_API_KEYS"),  # noqa: S104 - must be refused
        ({"FERRYMAN_API_HOST": "192.0.2.1", "FERRYMAN_API_KEYS": f"a:read:{'0' * 64}"}, "HOST"),
        ({"FERRYMAN_DATABASE_URL": "sqlite+aiosqlite:////proc/x/y.db"}, "FERRYMAN_DATABASE_URL"),
    ],
)
async def test_refuses_to_start(tmp_path: Path, told: dict[str, str], named: str):
    """What cannot work ends the process with one line that names the variable, and code 2."""
    code, _, err = await _over(await _start(tmp_path, 0, **told))

    assert code == 2
    assert err.startswith("cannot start: ")
    assert named in err
    assert len(err.splitlines()) == 1


async def test_starts_before_temporal(tmp_path: Path):
    """Without Temporal the process serves what it can, and says that it is not ready."""
    async with _listening(tmp_path) as (process, url), aiohttp.ClientSession() as session:
        async with session.get(f"{url}/healthz") as alive, session.get(f"{url}/readyz") as ready:
            statuses = (alive.status, ready.status)
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        code, _, err = await _over(process)

    assert statuses == (200, 503)
    assert (code, err) == (0, "")
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_told_to_end_while_loading(tmp_path: Path, number: signal.Signals):
    """Long before it could serve anybody it ends with 0, and without a word of complaint."""
    process = await _start(tmp_path, 0, PYTHONPROFILEIMPORTTIME="1")
    assert process.stderr is not None
    async for line in process.stderr:
        if line.endswith(b" pydantic_core\n"):
            break
    process.send_signal(number)
    code, _, err = await _over(process)

    assert (code, "Traceback" in err) == (0, False)


async def test_told_to_end_while_connecting(tmp_path: Path):
    """While its database says nothing it ends with 0, and at once."""
    knocked = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        knocked.set()
        with suppress(ConnectionError):
            await reader.read(-1)
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"postgresql+asyncpg://a@127.0.0.1:{port}/a"
        process = await _start(tmp_path, 0, FERRYMAN_DATABASE_URL=url)
        async with asyncio.timeout(30):
            await knocked.wait()
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        code, _, _ = await _over(process)

    assert code == 0
    assert time.monotonic() - began < 5


async def test_finishes_what_is_in_flight(tmp_path: Path, temporal: WorkflowEnvironment):
    """At SIGTERM a call that is under way gets its answer, and nobody new gets in."""
    told = {
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
    async with _listening(tmp_path, **told) as (process, url):
        port = int(url.rpartition(":")[2])
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write("\r\n".join([*head, "", ""]).encode())
        await reader.readuntil(b"100 Continue\r\n\r\n")
        process.send_signal(signal.SIGTERM)
        await _refused(port)
        writer.write(body)
        answer = await reader.read()
        writer.close()
        code, _, err = await _over(process)

    # Nobody works on it: that it is not ready in time is its answer.
    assert answer.startswith(b"HTTP/1.1 202 Accepted")
    assert (code, err) == (0, "")


async def _refused(port: int) -> None:
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            # Reset is who came while the door was being closed.
            except (ConnectionRefusedError, ConnectionResetError):
                return
            writer.close()
