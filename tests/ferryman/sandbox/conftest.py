"""A sandbox on a real socket, a receiver for its webhooks, and a shop to drive them with."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from ferryman.sandbox import SandboxSettings, create_sandbox

Json = dict[str, Any]
BERLIN = {"line1": "Musterweg 1", "city": "Berlin", "postalCode": "10178", "country": "DE"}
SHOPPER = {"name": "Erika Beispiel", "email": "erika@example.com", "address": BERLIN}
OWNER = {"firstName": "Erika", "lastName": "Beispiel", "email": "erika@example.com"}


class Receiver:
    """Takes webhooks; `answers` are used up first, then everything is accepted."""

    def __init__(self) -> None:
        self.received: list[tuple[Json, bytes, str]] = []
        self.answers: list[int | str] = []
        self._arrival = asyncio.Condition()
        app = web.Application()
        app.router.add_post("/hook", self._take)
        app.router.add_route("*", "/moved", self._moved)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        """Where it listens."""
        return str(self.server.make_url("/hook"))

    @property
    def types(self) -> list[str]:
        """What has come, in order of arrival."""
        return [event["type"] for event, _, _ in self.received]

    async def arrived(self, number: int) -> None:
        """Wait until so many webhooks have come."""
        async with self._arrival:
            await self._arrival.wait_for(lambda: len(self.received) >= number)

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        signature = request.headers["DigitalRiver-Signature"]
        self.received.append((json.loads(body), body, signature))
        async with self._arrival:
            self._arrival.notify_all()
        answer = self.answers.pop(0) if self.answers else 202
        if answer == "hang":
            await asyncio.Event().wait()
        return web.Response(status=int(answer), headers={"Location": "/moved"})

    async def _moved(self, _: web.Request) -> web.Response:
        return web.Response(status=202)


class Shop:
    """Speaks to one sandbox, as an integration and as the world around it."""

    def __init__(self, server: Any, session: aiohttp.ClientSession) -> None:
        self._server = server
        self._session = session

    async def stop(self) -> None:
        """Stop the sandbox as a SIGTERM does."""
        await self._server.close()

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call and give status, body and headers."""
        url = self._server.make_url(path)
        async with self._session.request(method, url, json=body, headers=headers) as response:
            raw = await response.read()
            is_json = response.content_type == "application/json" and raw
            document = json.loads(raw, parse_float=Decimal) if is_json else raw
            return response.status, document, response.headers

    async def ok(self, method: str, path: str, body: Any = None) -> Any:
        """Call and give the body of what has to be a 2xx."""
        status, document, _ = await self.call(method, path, body)
        assert status < 300, (method, path, status, document)
        return document

    async def refused(self, method: str, path: str, body: Any = None) -> tuple[int, Json]:
        """Call and give status and first error of what has to be refused."""
        status, document, _ = await self.call(method, path, body)
        assert status >= 400, (method, path, status, document)
        return status, document["errors"][0]

    async def press(self, path: str, answer: str) -> None:
        """Press a button of a page."""
        url = self._server.make_url(path)
        async with self._session.post(url, data={"answer": answer}) as response:
            assert response.status == 200

    async def fill_in(self, path: str, form: dict[str, str]) -> tuple[int, str]:
        """Send a page's form; gives status and the next page."""
        async with self._session.post(self._server.make_url(path), data=form) as response:
            return response.status, await response.text()

    async def advance(self, by: str = "PT2S") -> None:
        """Let the sandbox's time go by, and everything happen that falls into it."""
        await self.ok("POST", "/_sandbox/clock/advance", {"by": by})

    async def ledger(self, upstream_id: str = "") -> Any:
        """Read the ledger."""
        query = f"?upstreamId={upstream_id}" if upstream_id else ""
        return await self.ok("GET", f"/_sandbox/ledger{query}")

    async def events(self, upstream_id: str = "") -> list[str]:
        """List the types of a purchase's order, charge, fulfillment and refund events."""
        kept = ("order.", "fulfillment.", "refund.")
        ledger = await self.ledger(upstream_id)
        types = [entry["event"]["type"] for entry in ledger["events"]]
        return [kind for kind in types if kind.startswith(kept)]

    def basket(self, upstream_id: str = "p-1", **changes: Any) -> Json:
        """Write a checkout request: three lamps and a font, shipped to Berlin."""
        request = {
            "currency": "EUR",
            "taxInclusive": False,
            "email": "erika@example.com",
            "upstreamId": upstream_id,
            "metadata": {"shop": "berlin"},
            "items": [
                {"skuId": "lamp", "quantity": 3, "price": 10, "metadata": {"lineId": "a"}},
                {"skuId": "digital-font", "quantity": 1, "price": 24},
            ],
            "shipFrom": {"address": {"country": "DE", "postalCode": "50667"}},
            "shipTo": SHOPPER,
            "billTo": SHOPPER,
            "shippingChoice": {"amount": 22.5, "description": "standard", "serviceLevel": "SG"},
        }
        merged = {**request, **changes}
        return {name: value for name, value in merged.items() if value is not None}

    async def checkout(self, upstream_id: str = "p-1", **changes: Any) -> Json:
        """Create a checkout."""
        return await self.ok("POST", "/checkouts", self.basket(upstream_id, **changes))

    async def source(self, checkout: Json | None, kind: str = "creditCard", **given: Any) -> Json:
        """Create a source in the browser, by default for the checkout's session."""
        owner = {**OWNER, "lastName": given.pop("last_name", "Beispiel"), "address": BERLIN}
        body = {"type": kind, "owner": owner, **given}
        if "number" in body:
            body["card"] = {"number": body.pop("number")}
        if checkout is not None:
            body["paymentSessionId"] = checkout["payment"]["session"]["id"]
        return await self.ok("POST", "/_sandbox/sources", body)

    async def attach(self, checkout: Json, source: Json) -> Json:
        """Attach a source to a checkout."""
        return await self.ok("POST", f"/checkouts/{checkout['id']}/sources/{source['id']}")

    async def ready(self, upstream_id: str = "p-1", kind: str = "creditCard", **given: Any) -> Json:
        """Create a checkout with a source, ready to be ordered."""
        changes = given.pop("checkout", {})
        checkout = await self.checkout(upstream_id, **changes)
        await self.attach(checkout, await self.source(checkout, kind, **given))
        return checkout

    async def order(self, upstream_id: str = "p-1", kind: str = "creditCard", **given: Any) -> Json:
        """Create an order."""
        checkout = await self.ready(upstream_id, kind, **given)
        return await self.ok("POST", "/orders", {"checkoutId": checkout["id"]})

    async def reread(self, order: Json) -> Json:
        """Read an order again."""
        return await self.ok("GET", f"/orders/{order['id']}")

    async def control(self, order: Json, action: str, **body: Any) -> Json:
        """Let something happen to an order from outside."""
        return await self.ok("POST", f"/_sandbox/orders/{order['id']}/{action}", body)

    async def fulfill(self, order: Json, *quantities: tuple[int, int]) -> Json:
        """Report shipped and cancelled quantities, line by line."""
        return await self.ok("POST", "/fulfillments", self.parcel(order, *quantities))

    def parcel(self, order: Json, *quantities: tuple[int, int]) -> Json:
        """Write a fulfillment request."""
        items = [
            {"itemId": item["id"], "quantity": shipped, "cancelQuantity": cancelled}
            for item, (shipped, cancelled) in zip(order["items"], quantities, strict=False)
            if shipped or cancelled
        ]
        return {"orderId": order["id"], "items": items}


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver of webhooks."""
    receiver = Receiver()
    await receiver.server.start_server()
    yield receiver
    await receiver.server.close()


@pytest.fixture
async def speak() -> AsyncIterator[Callable[[Any], Shop]]:
    """Make shops that have the key of the sandbox that they are given."""
    headers = {"Authorization": "Bearer sk_test_sandbox"}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield lambda server: Shop(server, session)


@pytest.fixture
async def start(
    receiver: Receiver, speak: Callable[[Any], Shop]
) -> AsyncIterator[Callable[..., Awaitable[Shop]]]:
    """Start sandboxes with settings of one's own, which tell the receiver of events."""
    servers: list[TestServer] = []

    async def starting(**settings: Any) -> Shop:
        chosen = {"webhook_url": receiver.url, "rate_limit": 0, **settings}
        server = TestServer(create_sandbox(SandboxSettings(**chosen)))
        await server.start_server(shutdown_timeout=0.2)
        servers.append(server)
        return speak(server)

    yield starting
    for server in servers:
        await server.close()


@pytest.fixture
async def shop(start: Callable[..., Awaitable[Shop]]) -> Shop:
    """A shop at a sandbox that is as it comes, but for its rate limit."""
    return await start()


class Kept:
    """A sandbox that keeps its state in a file, to be started over and over."""

    def __init__(self, start: Callable[..., Awaitable[Shop]], path: Path) -> None:
        self.path = path
        self._start = start
        self._settings: Json = {"state": str(path)}

    async def start(self, **settings: Any) -> Shop:
        """Start it with what it was told before, and this."""
        self._settings |= settings
        return await self._start(**self._settings)

    async def restart(self, shop: Shop, **settings: Any) -> Shop:
        """Stop it and start it again, told this as well."""
        await shop.stop()
        return await self.start(**settings)


@pytest.fixture
def kept(start: Callable[..., Awaitable[Shop]], tmp_path: Path) -> Kept:
    """A sandbox with a file of its own, in a folder that is not there yet."""
    return Kept(start, tmp_path / "data" / "sandbox.json")
