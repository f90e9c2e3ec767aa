"""Purchases whose order is open."""

from contextlib import suppress
from datetime import timedelta

from faults.travel import Shopper, World
from faults.travel.basket import EVERYTHING
from faults.travel.shopper import Refused

from .life import Handle, Lives

REMAINS_PENDING = "4000000000000028"


async def _pending(world: World) -> Handle:
    shopper = await world.open()
    await shopper.order("wireTransfer")
    await world.travel(timedelta(days=3))
    return shopper.handle


async def _at_redirect(world: World) -> Handle:
    shopper = await world.open()
    await shopper.order("bancontact", returnUrl="https://shop.example/back")
    return shopper.handle


async def _in_review(world: World) -> Handle:
    shopper = await world.open()
    await shopper.order(last_name="Review")
    await shopper.told("order.review_opened")
    return shopper.handle


async def _overdue(world: World) -> Handle:
    shopper = await world.open()
    await shopper.order(last_name="Review")
    await world.travel(timedelta(days=4))
    return shopper.handle


async def _wished(world: World) -> Handle:
    """A cancellation that Digital River refuses during the review is remembered."""
    shopper = await world.open()
    await shopper.variant(pending_cancel="refuse")
    await shopper.order(last_name="Review")
    await shopper.cancel()
    await shopper.shows(lambda view: view["cancellation"])
    return shopper.handle


async def _accepted(world: World) -> Handle:
    shopper = await world.open()
    await shopper.order()
    await shopper.told("order.accepted")
    return shopper.handle


async def _partly_shipped(world: World) -> Handle:
    shopper = await world.open()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 1, 0))
    await shopper.ship("parcel-2", ("2", 1, 1))
    return shopper.handle


async def _ageing(world: World) -> Handle:
    shopper = await world.open()
    await shopper.order()
    await world.travel(timedelta(days=6))
    await shopper.shows(lambda view: view["needsAttention"])
    return shopper.handle


async def _shipment_lost(world: World) -> Handle:
    """The answer to a shipment was lost, and it was found again."""
    shopper = await world.open()
    await shopper.order()
    await shopper.fault(method="POST", path="/fulfillments", kind="reset_after")
    with suppress(Refused):
        await shopper.ship("parcel-1", ("1", 1, 0))
    await shopper.told("shipment_reported")
    return shopper.handle


async def _fulfilled(world: World) -> Handle:
    shopper = await world.open()
    await shopper.order(card=REMAINS_PENDING)
    await shopper.ship("parcel-1", *EVERYTHING)
    return shopper.handle


async def disputed(world: World) -> Shopper:
    """A purchase in dispute, of which one piece is shipped and captured."""
    shopper = await world.open()
    await shopper.order("wireTransfer")
    await shopper.at_provider("pay")
    await shopper.until("accepted")
    await shopper.ship("parcel-1", ("1", 1, 0))
    await shopper.booked(lambda ledger: "complete" in str(ledger["charges"][0].get("captures")))
    await shopper.at_provider("dispute")
    await shopper.until("disputed")
    return shopper


async def _disputed(world: World) -> Handle:
    return (await disputed(world)).handle


async def _held(world: World) -> Handle:
    shopper = await disputed(world)
    await shopper.ship("parcel-2", ("1", 1, 0))
    return shopper.handle


async def _resolved(world: World) -> Handle:
    shopper = await disputed(world)
    await shopper.ship("parcel-2", ("1", 1, 0))
    await shopper.at_provider("resolve")
    await shopper.shows(lambda view: "held" not in str(view["fulfillments"]))
    return shopper.handle


LIVES: Lives = {
    "pending_payment": _pending,
    "pending_payment.redirect": _at_redirect,
    "in_review": _in_review,
    "in_review.overdue": _overdue,
    "in_review.wish": _wished,
    "accepted": _accepted,
    "accepted.partly_shipped": _partly_shipped,
    "accepted.ageing": _ageing,
    "accepted.found_again": _shipment_lost,
    "accepted.resolved": _resolved,
    "fulfilled": _fulfilled,
    "disputed": _disputed,
    "disputed.held": _held,
}
