"""What happens after the sale, each in a workflow of its own: refunds and returns."""

import asyncio
from decimal import Decimal
from typing import Any

from faults.travel import Shopper, World
from faults.travel.basket import EVERYTHING
from ferryman.purchase import refunds, returns

from .life import Handle, Lives

REFUND = {"refundId": "refund-1", "amount": 5, "reason": "scratched"}
RETURN = {"returnId": "return-1", "items": [{"lineId": "1", "quantity": 1}], "reason": "too small"}
SESSION = {
    "currency": "EUR",
    "taxInclusive": False,
    "items": [{"skuId": "boots", "quantity": 2, "price": Decimal(10)}],
    "shipFrom": {"address": {"country": "DE"}},
}
_LONGEST = 30.0
_BETWEEN = 0.05


async def _sold(world: World, kind: str = "creditCard") -> Shopper:
    shopper = await world.open()
    await shopper.order(kind)
    if kind != "creditCard":
        await shopper.at_provider("pay")
        await shopper.until("accepted")
    await shopper.ship("parcel-1", *EVERYTHING)
    await shopper.until("complete")
    return shopper


async def _refund(world: World, shopper: Shopper, state: str) -> Handle:
    await shopper.call("POST", f"/purchases/{shopper.id}/refunds", REFUND)
    await shopper.shows(lambda view: _stand(view, "refunds", state))
    return world.temporal.get_workflow_handle(refunds.workflow_id(shopper.id, "refund-1"))


async def _refunded(world: World) -> Handle:
    handle = await _refund(world, await _sold(world), "succeeded")
    await handle.result()
    return handle


async def _asked_where_to(world: World) -> Handle:
    """Money that was pushed here has no way back yet."""
    return await _refund(world, await _sold(world, "wireTransfer"), "pending_information")


async def _held(world: World) -> Handle:
    shopper = await _sold(world)
    await shopper.at_provider("dispute")
    await shopper.until("disputed")
    return await _refund(world, shopper, "held")


async def _announced(world: World) -> Handle:
    shopper = await _sold(world)
    await shopper.call("POST", f"/purchases/{shopper.id}/returns", RETURN)
    await shopper.shows(lambda view: _stand(view, "returns", "created"))
    return world.temporal.get_workflow_handle(returns.workflow_id(shopper.id, "return-1"))


async def _taken_back(world: World) -> Handle:
    shopper = await _sold(world)
    await shopper.call("POST", f"/purchases/{shopper.id}/returns", RETURN)
    await shopper.call("POST", f"/purchases/{shopper.id}/returns/return-1/accept", {})
    await shopper.shows(lambda view: _stand(view, "returns", "accepted"))
    return world.temporal.get_workflow_handle(returns.workflow_id(shopper.id, "return-1"))


async def _told_of_a_refund(world: World) -> Handle:
    """Half of the purchase is refunded while the other half is still to be shipped."""
    shopper = await world.open()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0))
    await shopper.shows(lambda view: _stand(view, "fulfillments", "captured"))
    await _refund(world, shopper, "succeeded")
    return shopper.handle


async def _adopted(world: World) -> Handle:
    """Digital River's own page has sold it."""
    number = f"{world.parts.task_queue}-page"
    request = {**SESSION, "upstreamId": number}
    session = await world.parts.digital_river.create_checkout_session(request)
    await world.control("POST", f"checkout-sessions/{session.id}/buy", {})
    shopper = world.known(number)
    async with asyncio.timeout(_LONGEST):
        while await world.records.get(number) is None:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(_BETWEEN)
    await shopper.until("accepted")
    return shopper.handle


def _stand(view: Any, part: str, state: str) -> bool:
    return bool(view[part]) and all(each["state"] == state for each in view[part])


LIVES: Lives = {
    "refund": _refunded,
    "refund.pending_information": _asked_where_to,
    "refund.held": _held,
    "return": _announced,
    "return.accepted": _taken_back,
    "accepted.refunded": _told_of_a_refund,
    "accepted.adopted": _adopted,
}
