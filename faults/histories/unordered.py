"""Purchases that have no order, or not yet."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from faults.travel import World
from faults.travel.basket import DECLINED_CARD
from faults.travel.shopper import Refused

from .life import Handle, Lives


async def _checkout(world: World) -> Handle:
    shopper = await world.open()
    await shopper.choose()
    await shopper.change(email="erika.beispiel@example.com")
    return shopper.handle


async def _without_provider(world: World) -> Handle:
    """Digital River is away from the first step on, for so long that a person was called."""
    away = {"method": "POST", "path": "/checkouts", "kind": "status", "status": 503, "times": 0}
    await world.control("POST", "faults", away)
    shopper = await world.open()
    await world.travel(timedelta(minutes=6))
    await shopper.shows(lambda view: view["needsAttention"])
    return shopper.handle


async def _rebuilt(world: World) -> Handle:
    shopper = await world.open()
    await shopper.choose()
    await shopper.change(items=[{"lineId": "1", "skuId": "boots", "quantity": 1, "price": 12}])
    return shopper.handle


async def _submitting(world: World) -> Handle:
    """Digital River is away while the order is created."""
    shopper = await world.open()
    await shopper.choose()
    await shopper.fault(method="POST", path="/orders", kind="status", status=503, times=0)
    submission = asyncio.create_task(shopper.submit())
    await shopper.booked(lambda ledger: _refused_orders(ledger) > 1)
    submission.cancel()
    with suppress(asyncio.CancelledError):
        await submission
    return shopper.handle


def _refused_orders(ledger: dict[str, list[dict[str, str]]]) -> int:
    asked = [(each["method"], each["path"]) for each in ledger["requests"]]
    return asked.count(("POST", "/orders"))


async def _declined(world: World) -> Handle:
    shopper = await world.open()
    with suppress(Refused):
        await shopper.order(card=DECLINED_CARD)
    return shopper.handle


async def _paid_after_a_decline(world: World) -> Handle:
    shopper = await world.open()
    with suppress(Refused):
        await shopper.order(card=DECLINED_CARD)
    await shopper.order()
    return shopper.handle


async def _left_redirect(world: World) -> Handle:
    """The order of a redirect that came to nothing cannot be cancelled and is watched."""
    shopper = await world.open()
    await shopper.variant(pending_cancel="refuse")
    await shopper.order("bancontact", returnUrl="https://shop.example/back")
    await shopper.at_provider("abandon")
    await shopper.refresh()
    await shopper.shows(lambda view: view["needsAttention"])
    return shopper.handle


async def _expired(world: World) -> Handle:
    shopper = await world.open()
    await world.travel(timedelta(hours=25))
    await shopper.until("expired")
    return shopper.handle


async def _blocked_at_once(world: World) -> Handle:
    shopper = await world.open()
    with suppress(Refused):
        await shopper.order(last_name="FraudBlock")
    return shopper.handle


async def _cancelled_by_merchant(world: World) -> Handle:
    shopper = await world.open()
    await shopper.cancel(by="merchant")
    return shopper.handle


LIVES: Lives = {
    "checkout": _checkout,
    "checkout.provider_away": _without_provider,
    "checkout.rebuilt": _rebuilt,
    "submitting": _submitting,
    "payment_failed": _declined,
    "payment_failed.leftover": _left_redirect,
    "accepted.second_try": _paid_after_a_decline,
    "expired": _expired,
    "blocked.at_once": _blocked_at_once,
    "cancelled.merchant": _cancelled_by_merchant,
}
