"""Purchases whose order has come to its end, or was believed to have."""

from datetime import timedelta
from decimal import Decimal

from faults.travel import Shopper, World
from faults.travel.basket import EVERYTHING

from .life import Handle, Lives


async def _complete(world: World) -> Handle:
    shopper = await world.open()
    await shopper.order()
    await shopper.ship("parcel-1", *EVERYTHING)
    await shopper.until("complete")
    return shopper.handle


async def _returned(world: World) -> Handle:
    """Everything was sent back before the purchase had heard that it was captured."""
    shopper = await world.open()
    await shopper.rule("drop")
    await shopper.order()
    await shopper.ship("parcel-1", *EVERYTHING)
    await shopper.stands("complete")
    order = (await shopper.ledger())["orders"][0]
    refund = {
        "orderId": order["id"],
        "currency": order["currency"],
        "amount": Decimal(str(order["availableToRefundAmount"])),
        "reason": "returned",
    }
    await world.parts.digital_river.create_refund(refund)
    await shopper.stands("returned")
    await world.travel(timedelta(days=1))
    await shopper.until("returned")
    return shopper.handle


async def _blocked(world: World) -> Handle:
    shopper = await world.open()
    await shopper.order(last_name="Review")
    await shopper.at_provider("review", decision="block")
    await shopper.until("blocked")
    return shopper.handle


async def _cancelled_by_customer(world: World) -> Handle:
    shopper = await world.open()
    await shopper.order()
    await shopper.cancel()
    await _ended(shopper, "customer")
    return shopper.handle


async def _window_closed(world: World) -> Handle:
    shopper = await world.open()
    await shopper.variant(unpaid="silent")
    await shopper.order("konbini")
    await world.travel(timedelta(days=7, hours=7))
    await _ended(shopper, "payment_window_closed")
    await shopper.stands("cancelled")
    await world.travel(timedelta(days=1))
    await shopper.handle.result()
    return shopper.handle


async def _left_open(world: World) -> Handle:
    """The unpaid order could not be cancelled, and late money came."""
    shopper = await world.open()
    await shopper.variant(unpaid="silent", pending_cancel="refuse")
    await shopper.order("konbini")
    await world.travel(timedelta(days=7, hours=7))
    await _ended(shopper, "payment_window_closed")
    await shopper.at_provider("pay")
    await shopper.told("order.accepted")
    return shopper.handle


async def _charge_failed(world: World) -> Handle:
    shopper = await world.open()
    await shopper.order("konbini")
    await shopper.at_provider("charge-fails")
    await _ended(shopper, "charge_failed")
    return shopper.handle


async def _cancelled_by_provider(world: World) -> Handle:
    """Somebody cancels the order in Digital River's own Dashboard."""
    shopper = await world.open()
    await shopper.order()
    order = (await shopper.ledger())["orders"][0]
    items = [{"itemId": line["id"], "cancelQuantity": line["quantity"]} for line in order["items"]]
    await world.parts.digital_river.create_fulfillment({"orderId": order["id"], "items": items})
    await _ended(shopper, "provider")
    return shopper.handle


async def _ended(shopper: Shopper, reason: str) -> None:
    """Wait until the purchase is cancelled for this reason."""
    await shopper.shows(lambda view: (view["state"], view["reason"]) == ("cancelled", reason))


LIVES: Lives = {
    "complete": _complete,
    "returned": _returned,
    "blocked": _blocked,
    "cancelled.customer": _cancelled_by_customer,
    "cancelled.payment_window_closed": _window_closed,
    "cancelled.left_open": _left_open,
    "cancelled.charge_failed": _charge_failed,
    "cancelled.provider": _cancelled_by_provider,
}
