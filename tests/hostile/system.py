"""The whole system in processes of its own, with a counter on the API's way to Temporal."""

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp

from demo.environment import STORY_WINDOWS, for_stories
from demo.ports import HOST, Ports
from demo.stack import programs
from faults.chaos.place import Place, place
from ferryman.digital_river.signature import HEADER, sign
from tests.running import processes
from tests.running.processes import pid_at
from tests.running.system import system

SECRET = "whsec_of_the_hostile_tests_0123456789"
KEYS = {scope: f"hostile-key-of-{scope}" for scope in ("read", "write", "operator")}
WEBHOOKS = "/webhooks/digital-river"
TOLD = {
    "FERRYMAN_API_KEYS": ",".join(
        f"{scope}:{scope}:{hashlib.sha256(key.encode()).hexdigest()}" for scope, key in KEYS.items()
    ),
    "FERRYMAN_SANDBOX_WEBHOOK_SECRETS": SECRET,
    "DIGITAL_RIVER_WEBHOOK_SECRETS": SECRET,
    "FERRYMAN_CHECKOUT_WINDOW": "PT5M",
    "FERRYMAN_LOG_LEVEL": "debug",
    "FERRYMAN_LOG_FORMAT": "json",
    "FERRYMAN_SANDBOX_RATE_LIMIT": "1000",
    "DIGITAL_RIVER_RATE_LIMIT": "800",
    # Or nearly all that is thrown would be refused unread.
    "FERRYMAN_API_RATE_LIMIT": "100000",
    "FERRYMAN_API_CONCURRENCY": "100000",
}
CARD = {"number": "4444222233331111", "expirationMonth": 7, "expirationYear": 2031}
OWNER = {
    "firstName": "Erika",
    "lastName": "Beispiel",
    "email": "erika@example.com",
    "address": {
        "line1": "Neuer Wall 10",
        "city": "Hamburg",
        "postalCode": "20354",
        "country": "DE",
    },
}


@dataclass
class Counter:
    """Passes bytes on, and counts those that the API sends."""

    target: int
    sent: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[int]:
        """Listen; gives the port."""
        server = await asyncio.start_server(self._serve, HOST, 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            behind = await asyncio.open_connection(HOST, self.target)
        except OSError:
            writer.close()
            return
        for source, sink, counted in ((reader, behind[1], True), (behind[0], writer, False)):
            task = asyncio.create_task(self._pass(source, sink, counted=counted))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, counted: bool
    ) -> None:
        try:
            while data := await source.read(64 * 1024):
                self.sent += len(data) * counted
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()


@dataclass
class System:
    """A running system."""

    where: Place
    session: aiohttp.ClientSession
    to_temporal: Counter

    @property
    def ports(self) -> Ports:
        """Where each process listens."""
        return self.where.ports

    @property
    def api(self) -> str:
        """The API's address."""
        return self.where.api

    @property
    def resident_kib(self) -> int:
        """The memory that the API's process holds."""
        status = Path(f"/proc/{pid_at(self.ports.api)}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0])

    @property
    def log(self) -> str:
        """Everything that the API has logged."""
        return (self.where.logs / "api.log").read_text()

    async def call(
        self, method: str, path: str, body: Any = None, *, key: str = "operator", **headers: str
    ) -> tuple[int, Any]:
        """Make a well-meant call."""
        sent = {"Authorization": f"Bearer {KEYS[key]}", **headers}
        async with self.session.request(method, self.api + path, json=body, headers=sent) as answer:
            return answer.status, await answer.json(content_type=None)

    async def document(self) -> dict[str, Any]:
        """The API's description of itself."""
        _, document = await self.call("GET", "/openapi.json")
        return dict(document)

    async def event(self, event: Mapping[str, Any]) -> int:
        """Send a signed event; gives the answer's status."""
        body = json.dumps(event).encode()
        headers = {"Content-Type": "application/json", HEADER: signed(body)}
        async with self.session.post(self.api + WEBHOOKS, data=body, headers=headers) as answer:
            return answer.status

    async def open(self, purchase_id: str) -> dict[str, Any]:
        """Open a purchase."""
        body = {
            "upstreamId": purchase_id,
            "currency": "EUR",
            "taxInclusive": False,
            "email": "erika@example.com",
            "billTo": {"name": "Erika Beispiel", "address": OWNER["address"]},
            "items": [{"lineId": "1", "skuId": "font-download", "quantity": 3, "price": 10}],
        }
        headers = {"Idempotency-Key": purchase_id}
        status, answer = await self.call("POST", "/purchases", body, **headers)
        assert status in {201, 202}, answer
        async with asyncio.timeout(60):
            while (purchase := (await self.call("GET", f"/purchases/{purchase_id}"))[1])[
                "checkout"
            ] is None:
                await asyncio.sleep(0.05)
        return dict(purchase)

    async def order(self, purchase_id: str) -> None:
        """Open a purchase and order."""
        purchase = await self.open(purchase_id)
        session = purchase["checkout"]["payment"]["session"]["id"]
        source = {"type": "creditCard", "paymentSessionId": session, "owner": OWNER, "card": CARD}
        sources = f"{self.where.sandbox}/_sandbox/sources"
        async with self.session.post(sources, json=source) as made:
            chosen = {"sourceId": (await made.json())["id"]}
        await self.call("PUT", f"/purchases/{purchase_id}/source", chosen)
        await self.call("POST", f"/purchases/{purchase_id}/submit", {"termsAccepted": True})


def signed(body: bytes, off: float = 0.0) -> str:
    """Sign as Digital River does, `off` seconds from now."""
    return sign(SECRET, str(round((time.time() + off) * 1000)), body)


@asynccontextmanager
async def running(folder: Path, **told: str) -> AsyncIterator[System]:
    """Start everything, and stop it at the end whatever happens."""
    where = place(folder)
    counter = Counter(where.ports.temporal)
    common = {**STORY_WINDOWS, **TOLD, **told}
    async with counter.open() as port:
        apart = {"api": {"TEMPORAL_ADDRESS": f"{HOST}:{port}"}}
        async with system(where, apart, **common) as all_:
            yield System(where, all_.http, counter)


@asynccontextmanager
async def alone(folder: Path, **told: str) -> AsyncIterator[System]:
    """Start the API by itself: it reads its records, and finds no Temporal."""
    where = place(folder)
    (program,) = (each for each in programs(where.ports, where.data) if each.name == "api")
    alive = replace(program, ready_url=f"{where.api}/healthz")
    environment = {**for_stories(where.ports, where.data), **TOLD, **told}
    async with (
        processes.running(where.logs, {alive: environment}),
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        yield System(where, session, Counter(where.ports.temporal))
