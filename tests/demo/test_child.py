"""A supervised process, with real programs of a few lines."""

import asyncio
import os
import signal
import sys

import aiohttp
import pytest

from demo import child as child_module
from demo.child import Child, Program
from demo.failures import ChildDiedError
from demo.ports import Ports

DYING = "print('the reason'); raise SystemExit(3)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"


@pytest.fixture
async def deaths():
    """Collect the deaths that children report."""
    return asyncio.Queue()


@pytest.fixture
async def begin(tmp_path, deaths):
    """Start a Python program of a few lines; end it after the test."""
    started = []

    async def start(code):
        port = Ports.free().api
        command = (sys.executable, "-c", code, str(port))
        program = Program("tiny", command, f"http://127.0.0.1:{port}/")
        child = Child(program, os.environ, tmp_path, tmp_path / "tiny.log", deaths.put_nowait)
        started.append(child)
        await child.start()
        return child

    yield start
    for child in started:
        await child.kill()


async def wait_until_ready(child):
    """Wait as the stack does."""
    async with aiohttp.ClientSession() as session:
        await child.ready(session)


async def test_a_death_before_it_is_ready_shows_the_log(begin):
    """A program that ends at once is reported with its exit code and its last words."""
    child = await begin(DYING)

    with pytest.raises(ChildDiedError, match=r"(?s)exit code 3.*the reason"):
        await wait_until_ready(child)


async def test_a_death_later_is_heard_of(begin, deaths, server):
    """A program that somebody else ends is reported by itself."""
    child = await begin(server)
    await wait_until_ready(child)
    os.kill(child._process.pid, 9)  # noqa: SLF001 - somebody else's hand, not the supervisor's

    async with asyncio.timeout(5):
        death = await deaths.get()

    assert "tiny ended by itself with exit code -9" in str(death)


async def test_a_stop_is_no_death(begin, deaths, server):
    """A program that we stop ends, frees its port and is not reported; it may start again."""
    child = await begin(server)
    await wait_until_ready(child)

    code = await child.stop()
    again = await child.stop()
    await child.start()
    await wait_until_ready(child)

    assert (-signal.SIGTERM, None) == (code, again)
    assert deaths.empty()


async def test_a_frozen_program_answers_once_it_thaws(begin, server):
    """A frozen program takes a connection and keeps silent; thawed, it answers that call."""
    child = await begin(server)
    await wait_until_ready(child)
    child.freeze()
    async with aiohttp.ClientSession() as session:
        call = asyncio.create_task(session.get(child.program.ready_url))
        done, _ = await asyncio.wait({call}, timeout=0.3)
        child.thaw()
        async with asyncio.timeout(5):
            answer = await call

    assert (set(), 200) == (done, answer.status)


async def test_a_program_that_will_not_stop_is_killed(begin, server, monkeypatch):
    """SIGKILL follows where SIGTERM is ignored."""
    monkeypatch.setattr(child_module, "STOP_SECONDS", 0.2)
    child = await begin(STUBBORN + server)
    await wait_until_ready(child)
    process = child._process  # noqa: SLF001 - it is forgotten by the stop

    code = await child.stop()

    assert code == process.returncode == -9
