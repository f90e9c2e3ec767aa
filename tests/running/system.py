"""The whole system in processes of its own, with the windows of production and quick polls."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import aiohttp

from demo.child import Program
from demo.environment import STORY_WINDOWS, for_stories
from demo.ports import Ports
from demo.stack import FAST_TIMERS, Stack, programs
from faults.chaos.place import Place
from tests.running.command import ROOT

QUICK = {"FERRYMAN_POLL_INTERVAL": "PT2S", "FERRYMAN_SETTLE_TIME": "PT1S"}
AUTHORIZED = {"Authorization": "Bearer ferryman-development"}
_NOBODY: Mapping[str, Mapping[str, str]] = {}


@dataclass(frozen=True)
class System:
    """Temporal, the sandbox, a worker and the API, and a client of the last two."""

    where: Place
    stack: Stack
    http: aiohttp.ClientSession

    @property
    def ports(self) -> Ports:
        """Where each process listens."""
        return self.where.ports

    @property
    def api(self) -> str:
        """The API's address, which is the shop's too."""
        return self.where.api

    async def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], Any]:
        """Call the API as a shop does."""
        sent = {**AUTHORIZED, **(headers or {})}
        url = f"{self.api}{path}"
        async with self.http.request(method, url, json=body, headers=sent) as answer:
            return answer.status, answer.headers, await answer.json(content_type=None)

    async def purchase(self, purchase_id: str) -> Any:
        """The purchase as the API has it."""
        _, _, purchase = await self.call("GET", f"/purchases/{purchase_id}")
        return purchase

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """Use one of the sandbox's controls."""
        url = f"{self.where.sandbox}/_sandbox/{path}"
        async with self.http.request(method, url, json=body) as answer:
            text = await answer.text()
            assert answer.status < 300, (path, answer.status, text)
            return json.loads(text) if text else None

    async def ledger(self, purchase_id: str) -> Any:
        """What the sandbox has of a purchase."""
        return await self.control("GET", f"ledger?upstreamId={purchase_id}")

    def lines(self, process: str) -> list[dict[str, Any]]:
        """What a process has logged in JSON."""
        written = (self.where.logs / f"{process}.log").read_text().splitlines()
        return [json.loads(line) for line in written if line.startswith("{")]


@asynccontextmanager
async def system(
    where: Place, apart: Mapping[str, Mapping[str, str]] = _NOBODY, **told: str
) -> AsyncIterator[System]:
    """Run it there until it is not needed any more; none of it may end by itself.

    `apart` is what one process is told otherwise than the others, by its name.
    """
    common = {**_production(where), **QUICK, "PYTHONPATH": str(ROOT), **told}
    processes = [
        _apart(program, apart.get(program.name, {}))
        for program in programs(where.ports, where.data, [FAST_TIMERS])
    ]
    stack = Stack(processes, common, where.data, where.logs)
    connector = aiohttp.TCPConnector(limit=0)
    async with stack.running(lambda _: None), aiohttp.ClientSession(connector=connector) as http:
        death = asyncio.create_task(stack.death())
        try:
            yield System(where, stack, http)
            assert not death.done(), death.result()
        finally:
            death.cancel()


def _production(where: Place) -> dict[str, str]:
    told = for_stories(where.ports, where.data)
    return {name: value for name, value in told.items() if name not in STORY_WINDOWS}


def _apart(program: Program, told: Mapping[str, str]) -> Program:
    # `env` becomes the program that it starts, so that signals reach it.
    before = ("env", *(f"{name}={value}" for name, value in told.items())) if told else ()
    return replace(program, command=(*before, *program.command))
