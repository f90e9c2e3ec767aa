"""One purchase and everybody who acts on it: shopper, merchant, warehouse, bank."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any

from temporalio.client import WorkflowHandle

from .basket import GOOD_CARD, Json, source
from .parts import Parts

KEY = "ferryman-development"
_LONGEST = 30.0
_BETWEEN = 0.02

Control = Callable[..., Awaitable[Any]]


class Refused(Exception):
    """The API said no."""

    def __init__(self, status: int, problem: Json) -> None:
        super().__init__(status, problem.get("detail"))
        self.status = status
        self.detail = str(problem.get("detail"))


class Shopper:
    """Acts through the API and through the sandbox's controls, as the world outside does."""

    def __init__(
        self, purchase_id: str, parts: Parts, control: Control, handle: WorkflowHandle[Any, Any]
    ) -> None:
        self.id = purchase_id
        self.handle = handle
        self._parts = parts
        self._control = control

    # The merchant's shop

    async def call(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """Call the API and give its document; raises Refused."""
        sent = {"Authorization": f"Bearer {KEY}", **(headers or {})}
        url = f"{self._parts.door.url}{path}"
        async with self._parts.http.request(method, url, json=body, headers=sent) as response:
            document = await response.json(content_type=None)
            if not response.ok:
                raise Refused(response.status, document)
            return document

    async def _on_mine(self, method: str, path: str, body: object = None) -> Any:
        return await self.call(method, f"/purchases/{self.id}{path}", body)

    async def view(self) -> Any:
        """The purchase as the API shows it."""
        return await self._on_mine("GET", "")

    async def timeline(self) -> Any:
        """What has happened."""
        return (await self._on_mine("GET", "/timeline"))["data"]

    async def names(self) -> list[str]:
        """What has happened, by name."""
        return [entry["name"] for entry in await self.timeline()]

    async def choose(self, kind: str = "creditCard", **more: Any) -> None:
        """Make a source in the browser and attach it."""
        session = (await self.view())["checkout"]["payment"]["session"]["id"]
        card, last_name = more.pop("card", GOOD_CARD), more.pop("last_name", "Beispiel")
        made = await self._control(
            "POST", "sources", source(kind, session, card, last_name, **more)
        )
        await self._on_mine("PUT", "/source", {"sourceId": made["id"]})

    async def change(self, **change: Any) -> Any:
        """Change the checkout."""
        return await self._on_mine("PATCH", "", change)

    async def submit(self) -> Any:
        """Accept the terms and order."""
        return await self._on_mine("POST", "/submit", {"termsAccepted": True})

    async def order(self, kind: str = "creditCard", **more: Any) -> Any:
        """Choose and submit."""
        await self.choose(kind, **more)
        return await self.submit()

    async def ship(self, shipment_id: str, *items: tuple[str, int, int]) -> Any:
        """Report a parcel: line, shipped and cancelled quantity."""
        listed = [
            {"lineId": line, "quantity": quantity, "cancelQuantity": cancelled}
            for line, quantity, cancelled in items
        ]
        body = {"shipmentId": shipment_id, "items": listed}
        return await self._on_mine("POST", "/fulfillments", body)

    async def cancel(self, **more: Any) -> Any:
        """Ask for a cancellation."""
        return await self._on_mine("POST", "/cancel", {"reason": "changed my mind", **more})

    async def refresh(self) -> Any:
        """Come back from a redirect."""
        return await self._on_mine("POST", "/refresh")

    # Digital River and the world behind it

    async def ledger(self) -> Any:
        """What Digital River has of this purchase."""
        return await self._control("GET", f"ledger?upstreamId={self.id}")

    async def at_provider(self, action: str, **body: Any) -> None:
        """Move the newest order at Digital River: pay, abandon, review and so on."""
        await self._control("POST", f"orders/upstream:{self.id}/{action}", body)

    async def variant(self, **variants: Any) -> None:
        """Choose a behaviour of Digital River for this purchase."""
        await self._control("POST", "variants", {"upstreamId": self.id, **variants})

    async def rule(self, action: str, *types: str, **more: Any) -> None:
        """Disturb the webhooks of this purchase."""
        body = {"upstreamId": self.id, "types": list(types or ["*"]), "action": action, **more}
        await self._control("POST", "event-rules", body)

    async def fault(self, **fault: Any) -> None:
        """Plan a fault for the calls of this purchase."""
        await self._control("POST", "faults", {"upstreamId": self.id, **fault})

    async def ordered_at(self) -> datetime:
        """When Digital River says that the newest order was created."""
        order = (await self.ledger())["orders"][-1]
        return datetime.fromisoformat(order["createdTime"])

    # Waiting

    async def until(self, *states: str) -> Any:
        """The purchase once it is in one of these states."""
        return await self.shows(lambda view: view["state"] in states)

    async def shows(self, reached: Callable[[Any], object]) -> Any:
        """The purchase once it shows what is asked; TimeoutError after half a minute."""
        return await _until(self.view, reached)

    async def told(self, name: str) -> Any:
        """The timeline once it has an entry of this name."""
        return await _until(
            self.timeline, lambda timeline: name in [entry["name"] for entry in timeline]
        )

    async def booked(self, reached: Callable[[Any], object]) -> Any:
        """Digital River's ledger once it shows what is asked."""
        return await _until(self.ledger, reached)

    async def stands(self, *states: str) -> Any:
        """Digital River's ledger once the newest order stands so."""
        return await self.booked(
            lambda ledger: ledger["orders"] and ledger["orders"][-1]["state"] in states
        )


async def _until(look: Callable[[], Awaitable[Any]], reached: Callable[[Any], object]) -> Any:
    async with asyncio.timeout(_LONGEST):
        while not reached(seen := await look()):  # noqa: ASYNC110 - HTTP has no Event to wait for
            await asyncio.sleep(_BETWEEN)
    return seen
