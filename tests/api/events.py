"""Events as Digital River sends them, and what has become of them at the stand-ins."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus

from ferryman.purchase.purchase import Checkout, Order, Purchase
from ferryman.purchase.states import State
from tests.api.door import Door, request
from tests.api.stand_in import Books


def an_event(kind: str = "order.accepted", **subject: Any) -> dict[str, Any]:
    """An event about an order."""
    return {
        "id": uuid.uuid4().hex,
        "type": kind,
        "data": {"object": {"id": f"order-{uuid.uuid4().hex[:8]}", **subject}},
        "liveMode": False,
        "createdTime": "2026-11-01T18:23:06.272054Z",
        "digitalriverVersion": "2021-12-13",
    }


async def begun(door: Door, purchase_id: str) -> None:
    """Open a purchase."""
    assert (await door.open(request(upstreamId=purchase_id))).status == 201


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def heard_of(books: Books, event_id: str) -> list[tuple[str, Any]]:
    """The purchases that were told of an event, and what, once there is one."""

    def found() -> list[tuple[str, Any]]:
        return [
            (purchase_id, event)
            for purchase_id, call, event in books.calls
            if call == "provider_event" and event["id"] == event_id
        ]

    await _until(lambda: bool(found()))
    return found()


async def parked(client: Client, event: dict[str, Any]) -> bool:
    """Whether an event lies in wait."""
    handle = client.get_workflow_handle(f"parked-event/{event['id']}")
    return (await handle.describe()).status is not WorkflowExecutionStatus.TERMINATED


def the_holder(purchase_id: str, order_id: str) -> Purchase:
    """The purchase that has this order."""
    now = datetime.now(UTC)
    return Purchase(
        id=purchase_id,
        state=State.ACCEPTED,
        version=50,
        created_time=now,
        updated_time=now,
        checkout=Checkout(id=f"checkout-{purchase_id}", currency="EUR"),
        order=Order(id=order_id, state="accepted"),
        items=(),
    )
