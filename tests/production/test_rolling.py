import asyncio
import sys
import time
from collections import Counter

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from faults.travel.basket import REQUEST
from tests.production.running import (
    HEADERS,
    HOST,
    LONGEST_STOP,
    api,
    ready,
    running,
    sandbox,
    told,
    worker,
)

SECONDS = 30
A_SECOND = 20
BETWEEN_RESTARTS = 5


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
    first, second, one, two, river = (unused_port() for _ in range(5))
    programs = {
        "sandbox": sandbox(river),
        "worker-1": worker(one),
        "worker-2": worker(two),
        "api-1": api(first),
        "api-2": api(second),
    }
    environment = told(temporal, tmp_path, river, first)
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
