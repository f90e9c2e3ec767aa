"""Published events, rewritten for an order of ours, and purchases that have come far enough."""

import json
import uuid
from pathlib import Path
from typing import Any

from ferryman.purchase.states import State

EVENTS = Path(__file__).parents[1] / "ferryman" / "digital_river" / "examples" / "events"
PENDING_CAPTURE = "4024007120579635"
FAILED_REFUND = "4000000000004111"
EVERYTHING = (("1", 2, 0), ("2", 3, 0))


def published(name: str, order_id: str, **subject: Any) -> dict[str, Any]:
    """The published event, about this order and, where given, this refund, file or session."""
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    event["id"] = str(uuid.uuid4())
    told = event["data"]["object"]
    told["orderId" if "orderId" in told else "id"] = order_id
    if "orderDetails" in told:
        told["orderDetails"]["id"] = order_id
    told.update(subject)
    return event


async def shipped(shop, **payment):
    """A purchase of which everything is shipped and captured, but not heard of."""
    shopper = await shop.begin()
    await shopper.order(**payment)
    await shopper.ship("parcel-1", *EVERYTHING)
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0]["state"] == "complete")
    return shopper


async def complete(shop, hear, **payment):
    """A purchase that is complete."""
    shopper = await shipped(shop, **payment)
    await hear("order.charge.capture.complete", shopper)
    await shopper.until(State.COMPLETE)
    return shopper


async def refunded_elsewhere(shop, shopper, **wanted):
    """A refund that Digital River's own people have made, once it stands in its first state."""
    order = (await shopper.ledger())["orders"][0]
    body = {"orderId": order["id"], "currency": order["currency"], **wanted}
    return await shop.digital_river.create_refund(body)


async def until_refund(shop, shopper, state):
    """Digital River's refund once it stands so."""
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == state)
    return (await shopper.ledger())["refunds"][0]
