import asyncio
import signal
import socket

import pytest
from aiohttp.test_utils import unused_port

from tests.running.command import ended, ours, ran

COMMAND = ("-m", "ferryman.sandbox")


class Process:
    """A sandbox as a process of its own, told what to do by its environment."""

    def __init__(self, folder, **environment):
        self._folder = folder
        self._port = unused_port()
        port = {"FERRYMAN_SANDBOX_PORT": str(self._port), "FERRYMAN_SANDBOX_WEBHOOK_URL": ""}
        self._environment = {**port, **environment}
        self._process = None

    async def start(self):
        """Start it and wait until it listens."""
        process = await self.spawn()
        assert b"http" in await process.stdout.readline()

    async def spawn(self):
        """Start it, come what may."""
        self._process = await ours(self._folder, *COMMAND, **self._environment)
        return self._process

    async def end(self, by):
        """End it by a signal, if it runs, and give its exit code."""
        if self._process.returncode is None:
            self._process.send_signal(by)
            async with asyncio.timeout(10):
                await self._process.communicate()
        return self._process.returncode

    async def close(self):
        """End it as an operator does."""
        await self.end(signal.SIGTERM)

    def make_url(self, path):
        """Where something is found."""
        return f"http://127.0.0.1:{self._port}{path}"


@pytest.fixture
async def launch(speak, tmp_path):
    """Make sandboxes that are processes of their own, with an environment of one's own."""
    processes = []

    def launching(**environment):
        processes.append(Process(tmp_path, **environment))
        return processes[-1], speak(processes[-1])

    yield launching
    for process in processes:
        await process.end(signal.SIGKILL)


async def test_serves_and_stops(launch):
    """The process serves on its port, and a SIGTERM ends it with 0."""
    process, shop = launch()
    await process.start()
    status, _, _ = await shop.call("GET", "/_sandbox/health")
    code = await process.end(signal.SIGTERM)

    assert (status, code) == (200, 0)


async def test_port_that_is_taken(launch):
    """Where somebody listens already, one line says which variable to change."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        process, _ = launch(FERRYMAN_SANDBOX_PORT=str(held.getsockname()[1]))
        over = await ended(await process.spawn())

    assert (2, 1) == (over.code, len(over.err.splitlines()))
    assert "FERRYMAN_SANDBOX_PORT" in over.err


async def test_help(tmp_path):
    """`--help` explains and ends with 0."""
    over = await ran(tmp_path, *COMMAND, "--help")

    assert over.code == 0
    assert "Digital River" in over.out


async def test_what_cannot_work_is_refused_in_one_line(launch):
    """A value that cannot be is named, and the process ends with 2."""
    process, _ = launch(FERRYMAN_SANDBOX_PORT="-1")
    over = await ended(await process.spawn())

    assert over.code == 2
    assert [True] == ["FERRYMAN_SANDBOX_PORT" in line for line in over.err.splitlines()]


async def test_a_sigterm_loses_nothing(launch, tmp_path):
    """What was done just before a SIGTERM is there after the next start."""
    process, shop = launch(FERRYMAN_SANDBOX_STATE=str(tmp_path / "state"))
    for _ in range(2):
        await process.start()
        await shop.order()
        code = await process.end(signal.SIGTERM)
    await process.start()

    assert code == 0
    assert len((await shop.ledger("p-1"))["orders"]) == 2


async def _saved(path, text, times=1):
    while path.read_text().count(text) < times:
        await asyncio.sleep(0.05)


async def test_a_kill_loses_a_second_at_most(launch, tmp_path):
    """A change is in the file soon, survives a kill, and is saved over and over."""
    path = tmp_path / "state"
    process, shop = launch(FERRYMAN_SANDBOX_STATE=str(path))
    for number in range(2):
        await process.start()
        order = await shop.order(f"p-{number}", kind="konbini")
        await _saved(path, order["id"])
        await shop.control(order, "pay")
        await _saved(path, '"state":"accepted"', times=number + 1)
        await process.end(signal.SIGKILL)
    await process.start()
    orders = (await shop.ledger())["orders"]

    assert [one["state"] for one in orders] == ["accepted"] * 2
    assert (await shop.ledger())["violations"] == []


async def test_what_a_kill_has_lost_gives_no_id_to_others(launch, tmp_path):
    """The ids of orders and items that a kill has made unknown are never another's."""
    process, shop = launch(
        FERRYMAN_SANDBOX_STATE=str(tmp_path / "state"), FERRYMAN_SANDBOX_RATE_LIMIT="0"
    )
    await process.start()
    await process.end(signal.SIGTERM)
    ids = []
    for round_ in range(2):
        await process.start()
        orders = [await shop.order(f"p-{round_}-{number}") for number in range(20)]
        ids += [one["id"] for order in orders for one in (order, *order["items"])]
        await process.end(signal.SIGKILL)

    assert len(set(ids)) == 120


@pytest.mark.parametrize("place", ["state", ""])
async def test_a_state_that_cannot_be_read(launch, tmp_path, place):
    """The process ends with 1 and one line that names the file."""
    (tmp_path / "state").write_text("{")
    process, _ = launch(FERRYMAN_SANDBOX_STATE=str(tmp_path / place))
    over = await ended(await process.spawn())

    assert (over.code, over.out) == (1, "")
    assert over.err.count("\n") == 1
    assert str(tmp_path / place) in over.err
