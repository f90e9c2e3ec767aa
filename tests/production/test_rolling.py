import asyncio
import hashlib
import os
import sys
import time
from collections import Counter
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from demo.child import Child, Program
from faults.travel.basket import REQUEST
from tests.production.composed import ROOT

HOST = "127.0.0.1"
KEY = "the key of a shop"
SECONDS = 30
A_SECOND = 20
BETWEEN_RESTARTS = 5
LONGEST_STOP = 10
HEADERS = {"Authorization": f"Bearer {KEY}"}


@asynccontextmanager
async def running(programs, environment, folder):
    """These processes of ours, each with what it alone is told; all are ready."""
    deaths = []
    children = {
        name: Child(
            Program(name, (sys.executable, "-m", module), f"http://{HOST}:{port}/{ready}"),
            {**environment, **told},
            folder,
            folder / f"{name}.log",
            deaths.append,
        )
        for name, (module, port, ready, told) in programs.items()
    }
    try:
        for child in children.values():
            await child.start()
        await asyncio.gather(*map(ready, children.values()))
        yield children
    finally:
        await asyncio.gather(*(child.stop() for child in children.values()))
    assert not deaths, "a process ended by itself"


async def ready(child):
    """Wait until it answers."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        await child.ready(session)


def api(port):
    """An API at this port."""
    return "api", port, "readyz", {"FERRYMAN_API_PORT": str(port)}


def worker(port):
    """A worker that tells of itself at this port."""
    return "workers", port, "readyz", {"FERRYMAN_WORKER_PORT": str(port)}


def told(temporal, folder, sandbox, webhooks):
    """What all of them are told."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
        "FERRYMAN_TASK_QUEUE": f"rolling-{sandbox}",
        "FERRYMAN_DATABASE_URL": f"sqlite+aiosqlite:///{folder}/ferryman.db",
        "FERRYMAN_API_KEYS": f"shop:operator:{hashlib.sha256(KEY.encode()).hexdigest()}",
        "FERRYMAN_SETTLE_TIME": "PT1S",
        "DIGITAL_RIVER_BASE_URL": f"http://{HOST}:{sandbox}",
        "DIGITAL_RIVER_RATE_LIMIT": "200",
        "FERRYMAN_SANDBOX_PORT": str(sandbox),
        "FERRYMAN_SANDBOX_RATE_LIMIT": "0",
        "FERRYMAN_SANDBOX_WEBHOOK_URL": f"http://{HOST}:{webhooks}/webhooks/digital-river",
    }


class Shop:
    """Calls two APIs in turn, and knocks at the other where one refuses the connection."""

    def __init__(self, session, doors):
        self._session = session
        self._doors = doors
        self._begun = []
        self.outcomes = Counter()
        self.knocked_twice = 0

    async def call(self, number):
        """Make one of the calls that a shop makes, and note what became of it."""
        method, path, body, more = self._wanted(number)
        try:
            self.outcomes[await self._knocking(number, method, path, body, more)] += 1
        except (aiohttp.ClientError, TimeoutError) as error:
            self.outcomes[f"{method} {path}: {error!r}"] += 1

    async def _knocking(self, number, method, path, body, more):
        try:
            return await self._ask(number, method, path, body, more)
        except aiohttp.ClientConnectorError:
            self.knocked_twice += 1
            return await self._ask(number + 1, method, path, body, more)

    async def _ask(self, number, method, path, body, more):
        url = f"{self._doors[number % len(self._doors)]}{path}"
        headers = {**HEADERS, **more}
        async with self._session.request(method, url, json=body, headers=headers) as answer:
            document = await answer.json()
            if method == "POST" and answer.ok:
                self._begun.append(document["id"])
            return answer.status

    def _wanted(self, number):
        if number % 4 == 0 or not self._begun:
            body = {**REQUEST, "upstreamId": f"rolling-{number}"}
            return "POST", "/purchases", body, {"Idempotency-Key": f"key-{number}"}
        if number % 4 == 1:
            return "GET", "/purchases?limit=5", None, {}
        return "GET", f"/purchases/{self._begun[-1]}", None, {}


async def restarting(children, until):
    """Restart one after the other until then; how long each took to stop, and its exit code."""
    stops = []
    while time.monotonic() < until:
        for child in children:
            began = time.monotonic()
            code = await child.stop()
            stops.append((child.program.name, code, time.monotonic() - began))
            await child.start()
            await ready(child)
            await asyncio.sleep(max(0, BETWEEN_RESTARTS - (time.monotonic() - began)))
            if time.monotonic() > until:
                break
    return stops


@pytest.mark.timeout(150)
async def test_no_request_is_lost_while_one_after_the_other_is_restarted(temporal, tmp_path):
    """Twenty requests a second through rolling restarts of two APIs and two workers: none fails."""
    first, second, one, two, sandbox = (unused_port() for _ in range(5))
    programs = {
        "sandbox": ("ferryman.sandbox", sandbox, "_sandbox/health", {}),
        "worker-1": worker(one),
        "worker-2": worker(two),
        "api-1": api(first),
        "api-2": api(second),
    }
    environment = told(temporal, tmp_path, sandbox, first)
    async with (
        running(programs, environment, tmp_path) as children,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session,
    ):
        shop = Shop(session, [f"http://{HOST}:{first}", f"http://{HOST}:{second}"])
        ends = time.monotonic() + SECONDS
        order = ("api-1", "worker-1", "api-2", "worker-2")
        restarts = asyncio.create_task(restarting([children[each] for each in order], ends))
        async with asyncio.TaskGroup() as calls:
            for number in range(SECONDS * A_SECOND):
                calls.create_task(shop.call(number))
                await asyncio.sleep(1 / A_SECOND)
        stops = await restarts

    sys.stdout.write(f"{dict(shop.outcomes)}, {shop.knocked_twice} knocked twice; {stops}\n")
    assert {200, 201, 202} >= {*shop.outcomes}
    assert SECONDS * A_SECOND == shop.outcomes.total()
    assert [0] * len(stops) == [code for _, code, _ in stops]
    assert max(seconds for _, _, seconds in stops) <= LONGEST_STOP
    assert len(stops) >= 4
