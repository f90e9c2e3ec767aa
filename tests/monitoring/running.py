"""The whole system as processes, some purchases carried through it, and all that it told."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from demo.environment import for_stories
from demo.ports import Ports
from demo.sources import DECLINED_CARD, GOOD_CARD
from demo.stack import FAST_TIMERS, Stack, programs

AUTHORIZED = {"Authorization": "Bearer ferryman-development"}
ADDRESS = {
    "line1": "Zeisigweg 1",
    "city": "Köln",
    "postalCode": "50667",
    "state": "Köln",
    "country": "DE",
}
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Span:
    """One span as a collector got it."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    attributes: Mapping[str, Any]
    said: str
    """All of it, to look for what must not be in it."""


@dataclass
class Collector:
    """An OpenTelemetry collector."""

    spans: list[Span] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        """Take a batch."""
        batch = ExportTraceServiceRequest.FromString(await request.read())
        for resource in batch.resource_spans:
            named = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [_span(named["service.name"], each) for each in scope.spans]
        return web.Response()

    def of(self, trace: str) -> list[Span]:
        """All spans of one trace."""
        return [span for span in self.spans if span.trace == trace]


def _span(service: str, told: Any) -> Span:
    values = {each.key: each.value.string_value or each.value.int_value for each in told.attributes}
    return Span(
        service=service,
        name=told.name,
        trace=told.trace_id.hex(),
        id=told.span_id.hex(),
        parent=told.parent_span_id.hex(),
        attributes=values,
        said=f"{told.name} {values} {told.status.message} {list(told.events)}",
    )


@dataclass(frozen=True)
class Running:
    """The system, and a client of it."""

    ports: Ports
    logs: Path
    collector: Collector
    http: aiohttp.ClientSession

    @property
    def api(self) -> str:
        """The API's address."""
        return f"http://127.0.0.1:{self.ports.api}"

    @property
    def sandbox(self) -> str:
        """The sandbox's address."""
        return f"http://127.0.0.1:{self.ports.sandbox}"

    async def call(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], Any]:
        """Call the API as a shop does."""
        sent = {**AUTHORIZED, **(headers or {})}
        url = f"{self.api}{path}"
        async with self.http.request(method, url, json=body, headers=sent) as answer:
            return answer.status, answer.headers, await answer.json(content_type=None)

    async def control(self, method: str, path: str, body: Any = None) -> Any:
        """Use one of the sandbox's controls."""
        url = f"{self.sandbox}/_sandbox/{path}"
        async with self.http.request(method, url, json=body) as answer:
            text = await answer.text()
            assert answer.status < 300, text
            return json.loads(text) if text else None

    async def figures(self, process: str) -> str:
        """Read a process's metrics."""
        port = {"api": self.ports.api, "worker": self.ports.worker}[process]
        async with self.http.get(f"http://127.0.0.1:{port}/metrics") as answer:
            assert answer.status == 200
            return await answer.text()

    def lines(self, process: str) -> list[dict[str, Any]]:
        """What a process has logged."""
        written = (self.logs / f"{process}.log").read_text().splitlines()
        return [json.loads(line) for line in written if line.startswith("{")]

    async def buy(self, purchase_id: str, request_id: str, number: str = GOOD_CARD) -> str:
        """Open, pay and submit a purchase; give its state."""
        named = {"X-Request-Id": request_id}
        status, headers, purchase = await self.call(
            "POST", "/purchases", _request(purchase_id), {"Idempotency-Key": purchase_id, **named}
        )
        assert headers["X-Request-Id"] == request_id
        while status == 202 or purchase["checkout"] is None:
            await asyncio.sleep(0.1)
            status, _, purchase = await self.call("GET", f"/purchases/{purchase_id}")
        source = await self.control("POST", "sources", _card(purchase, number))
        path = f"/purchases/{purchase_id}"
        await self.call("PUT", f"{path}/source", {"sourceId": source["id"]}, named)
        await self.call("POST", f"{path}/submit", {"termsAccepted": True}, named)
        return await self.until(purchase_id, "accepted", "payment_failed")

    async def complete(self, purchase_id: str) -> None:
        """Ship all of it and wait for its end."""
        shipment = {"shipmentId": "parcel-1", "items": [{"lineId": "1", "quantity": 2}]}
        await self.call("POST", f"/purchases/{purchase_id}/fulfillments", shipment)
        await self.until(purchase_id, "complete")

    async def until(self, purchase_id: str, *states: str) -> str:
        """Wait for one of these states."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                _, _, purchase = await self.call("GET", f"/purchases/{purchase_id}")
                if purchase["state"] in states:
                    return str(purchase["state"])
                await asyncio.sleep(0.2)


def _request(purchase_id: str) -> dict[str, Any]:
    item = {"lineId": "1", "skuId": "boots", "quantity": 2, "price": 10, "physical": True}
    return {
        "upstreamId": purchase_id,
        "currency": "EUR",
        "taxInclusive": False,
        "email": "erika@example.com",
        "items": [item],
        "shipFrom": {"address": {"country": "DE"}},
        "shipTo": {"name": "Erika Beispiel", "address": ADDRESS},
        "shippingChoice": {"amount": 5, "description": "standard", "serviceLevel": "SG"},
    }


def _card(purchase: Any, number: str) -> dict[str, Any]:
    owner = {"firstName": "Erika", "lastName": "Beispiel", "email": "erika@example.com"}
    return {
        "type": "creditCard",
        "owner": {**owner, "address": ADDRESS},
        "card": {"number": number, "expirationMonth": 12, "expirationYear": 2031},
        "paymentSessionId": purchase["checkout"]["payment"]["session"]["id"],
    }


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[Running]:
    """Start all of it, with a collector for its spans."""
    collector = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", collector.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    ports, logs, data = Ports.free(), folder / "logs", folder / "data"
    data.mkdir()
    environment = {
        **for_stories(ports, data),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PATH": os.environ["PATH"],
        "FERRYMAN_LOG_LEVEL": "debug",
        "FERRYMAN_LOG_FORMAT": "json",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    stack = Stack(programs(ports, data, (FAST_TIMERS,)), environment, folder, logs)
    try:
        async with stack.running(lambda _: None), aiohttp.ClientSession() as http:
            yield Running(ports, logs, collector, http)
    finally:
        await runner.cleanup()


__all__ = ["DECLINED_CARD", "GOOD_CARD", "Collector", "Running", "Span", "running"]
