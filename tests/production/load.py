"""A shop that calls steadily, while one process after the other is restarted under it."""

import asyncio
import itertools
import time
from collections import Counter

import aiohttp

from faults.travel.basket import REQUEST
from tests.production.running import HEADERS
from tests.running.processes import ready

SECONDS = 30
A_SECOND = 20
BETWEEN_RESTARTS = 5


class Shop:
    """Calls some doors in turn; where one refuses the connection it may knock at the next."""

    def __init__(self, session, doors, knocks):
        self._session = session
        self._doors = doors
        self._knocks = knocks
        self._begun = []
        self.outcomes = Counter()
        self.refused = 0

    async def calling(self, during):
        """Make so many calls a second while a task is at work, whatever becomes of them."""
        async with asyncio.TaskGroup() as calls:
            for number in itertools.count():
                if during.done():
                    return
                calls.create_task(self._call(number))
                await asyncio.sleep(1 / A_SECOND)

    async def _call(self, number):
        wanted = self._wanted(number)
        for knock in range(self._knocks):
            try:
                outcome = await self._ask(number + knock, *wanted)
            except aiohttp.ClientConnectorError:
                self.refused += 1
                outcome = "refused"
            except (aiohttp.ClientError, TimeoutError) as error:
                outcome = repr(error)
            if outcome != "refused":
                break
        self.outcomes[outcome] += 1

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
            body = {**REQUEST, "upstreamId": f"rolling-{id(self)}-{number}"}
            return "POST", "/purchases", body, {"Idempotency-Key": f"key-{number}"}
        if number % 4 == 1:
            return "GET", "/purchases?limit=5", None, {}
        return "GET", f"/purchases/{self._begun[-1]}", None, {}


async def restarting(children, seconds):
    """Restart them in turn for so long, each at least once; how each stop went."""
    stops, until = [], time.monotonic() + seconds
    while time.monotonic() < until or len(stops) < len(children):
        child = children[len(stops) % len(children)]
        began = time.monotonic()
        code = await child.stop()
        stops.append((child.program.name, code, time.monotonic() - began))
        await child.start()
        await ready(child)
        await asyncio.sleep(max(0, BETWEEN_RESTARTS - (time.monotonic() - began)))
    return stops
