"""A shop that sells through the API: whole purchases, and ones that are left open."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from temporalio.client import Client

from demo.catalogue import CABLE, GERMANY, LAMP, basket
from demo.http import JSON, Http
from demo.scene import Scene
from demo.sources import billed_in, card
from demo.stage import Stage
from ferryman.provider_events import HINTS
from ferryman.purchase.messages import Hint
from ferryman.purchase.purchase import workflow_id

from .failures import MeasurementError

WANTED: Final = {LAMP: 1, CABLE: 2}
TYPES: Final = sorted(kind for kind, hint in HINTS.items() if hint is not Hint.OTHER)
"""The events that say something to a purchase; a merchant subscribes to no others."""

_COMPLETE: Final = "complete"
_OK: Final = frozenset({200, 201})


@dataclass(frozen=True)
class Answered:
    """How long the shopper waited, in seconds: for the basket, and for the order."""

    opened: float
    submitted: float


@dataclass(frozen=True)
class Open:
    """A purchase whose order is accepted and not shipped."""

    id: str
    order_id: str


class Shop:
    """One shop before one API."""

    def __init__(self, stage: Stage, client: Client) -> None:
        self._stage = stage
        self._client = client

    async def buy(self, purchase_id: str, due: float | None = None) -> Answered:
        """Buy two things, ship both in one parcel, and wait until the purchase is closed.

        The first answer counts from the moment that it was `due`, by the running loop's clock.
        Raises MeasurementError where it comes to another end than `complete`.
        """
        scene = Scene(self._stage, purchase_id, purchase_id)
        opened = await self._open(scene, due)
        began = _now()
        await scene.act("POST", "/submit", {"termsAccepted": True})
        submitted = _now() - began
        await scene.act("POST", "/fulfillments", _parcel(purchase_id))
        await self._closed(purchase_id)
        return Answered(opened, submitted)

    async def leave_open(self, purchase_id: str) -> Open:
        """Buy, and ship nothing."""
        scene = Scene(self._stage, purchase_id, purchase_id)
        await self._open(scene, None)
        answer = await scene.act("POST", "/submit", {"termsAccepted": True})
        return Open(purchase_id, str(answer["order"]["id"]))

    async def _open(self, scene: Scene, due: float | None) -> float:
        request = basket(scene.id, GERMANY, WANTED)
        began = due if due is not None else _now()
        answer = await scene.finished("POST", "/purchases", request, {"Idempotency-Key": scene.id})
        opened = _now() - began
        if answer.status not in _OK:
            raise MeasurementError(f"opening {scene.id} was answered {answer.status} {answer.body}")
        source = await source_for(self._stage.sandbox, answer.body["checkout"])
        await scene.act("PUT", "/source", {"sourceId": source, "saveForFuture": False})
        return opened

    async def _closed(self, purchase_id: str) -> None:
        handle: Any = self._client.get_workflow_handle(workflow_id(purchase_id), result_type=str)
        state = await handle.result()
        if state != _COMPLETE:
            raise MeasurementError(f"{purchase_id} became {state} where it had to be complete")


async def source_for(sandbox: Http, checkout: JSON) -> str:
    """Make a card in the shopper's browser, for the checkout as the API or the sandbox shows it."""
    session = {"paymentSessionId": checkout["payment"]["session"]["id"]}
    made = await sandbox.send("POST", "/_sandbox/sources", billed_in(card(), GERMANY) | session)
    return str(made.body["id"])


async def subscribe(sandbox: Http) -> None:
    """Have the sandbox send the events that mean something, as in Digital River's Dashboard."""
    answer = await sandbox.get("/webhooks")
    hooks: Any = answer.body
    for hook in hooks:
        await sandbox.send("PATCH", f"/webhooks/{hook['id']}", {"types": TYPES})


def _parcel(purchase_id: str) -> JSON:
    items = [
        {"lineId": product.sku_id, "quantity": quantity, "cancelQuantity": 0}
        for product, quantity in WANTED.items()
    ]
    return {"shipmentId": f"{purchase_id}-parcel", "items": items, "trackingNumber": "PARCEL"}


def _now() -> float:
    return asyncio.get_running_loop().time()
