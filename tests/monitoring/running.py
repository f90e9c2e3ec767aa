"""The whole system as processes, some purchases carried through it, and all that it told."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from demo.environment import STORY_WINDOWS
from demo.sources import DECLINED_CARD, GOOD_CARD
from faults.chaos.place import place
from tests.running.river import served
from tests.running.system import System, system

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
class Running(System):
    """The system, a client of it, and a collector of its spans."""

    collector: Collector

    async def figures(self, process: str) -> str:
        """Read a process's metrics."""
        port = {"api": self.ports.api, "worker": self.ports.worker}[process]
        async with self.http.get(f"http://127.0.0.1:{port}/metrics") as answer:
            assert answer.status == 200
            return await answer.text()

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
                state = (await self.purchase(purchase_id))["state"]
                if state in states:
                    return str(state)
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
    told = {
        "FERRYMAN_LOG_LEVEL": "debug",
        "FERRYMAN_LOG_FORMAT": "json",
        "OTEL_BSP_SCHEDULE_DELAY": "200",
    }
    async with (
        served(app) as url,
        system(place(folder), OTEL_EXPORTER_OTLP_ENDPOINT=url, **STORY_WINDOWS, **told) as all_,
    ):
        yield Running(all_.where, all_.stack, all_.http, collector)


__all__ = ["DECLINED_CARD", "GOOD_CARD", "Collector", "Running", "Span", "running"]
