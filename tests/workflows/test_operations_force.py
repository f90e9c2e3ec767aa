"""Operators who end a purchase whatever Digital River says: nobody is charged for nothing."""

import asyncio
from datetime import timedelta

import pytest

from ferryman.purchase.messages import Hint
from ferryman.purchase.states import CancelReason, State
from tests.workflows.acting import ACTOR, REASON, acts, attention, operate, until_failing

SPARSE = {"poll_interval": timedelta(days=1)}
DOWN = {"kind": "status", "status": 503, "times": 0}


async def states(shopper) -> list[str]:
    """The states of the purchase's orders at Digital River."""
    return [order["state"] for order in (await shopper.ledger())["orders"]]


async def test_purchase_without_an_order_ends_at_once(shop):
    """Like a merchant's cancellation, though Digital River is away and no checkout stands yet."""
    shopper, begin = shop.prepare()
    await shopper.fault(method="POST", path="/checkouts", **DOWN)
    beginning = asyncio.ensure_future(begin)
    await shop.until_recorded(shopper, lambda record: record.waiting_for.what == "provider")
    await operate(shopper, "forceCancel")
    await beginning
    end = await shopper.handle.result()

    assert State.CANCELLED == end
    assert CancelReason.MERCHANT is (await shopper.record()).reason
    assert [("forceCancel", {"actor": ACTOR, "reason": REASON})] == await acts(shopper)


async def test_order_that_is_being_made_is_cancelled_once_it_is_known(shop):
    """The wish is remembered: an order that nobody knows cannot be cancelled."""
    shopper = await shop.begin()
    await shopper.choose()
    await shopper.fault(method="POST", path="/orders", kind="status", status=503, times=2)
    submitting = asyncio.ensure_future(shopper.submit())
    await shopper.until(State.SUBMITTING)
    answer = await operate(shopper, "forceCancel")
    await operate(shopper, "forceCancel")
    await submitting
    record = await shopper.until(State.CANCELLED)
    await shopper.settled_as("cancelled")

    assert (False, CancelReason.MERCHANT) == (answer.done, record.reason)
    assert 1 == len(await acts(shopper))


async def test_force_outlives_the_making_of_the_order(shop):
    """Taken while the order was made, it ends the purchase though Digital River refuses."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(pending_cancel="refuse")
    await shopper.choose("konbini")
    await shopper.fault(method="POST", path="/orders", kind="status", status=503, times=2)
    submitting = asyncio.ensure_future(shopper.submit())
    await shopper.until(State.SUBMITTING)
    await operate(shopper, "forceCancel")
    await submitting
    called = await shop.until(shopper, attention)

    assert (State.CANCELLED, CancelReason.MERCHANT, "unpaid_order_not_cancelled") == (
        called.state,
        called.reason,
        attention(called),
    )


@pytest.mark.parametrize("kind", ["konbini", "review", "card"])
async def test_order_is_left_behind_and_cancelled(shop, kind):
    """Unpaid, in review or accepted: the purchase ends now, its order as soon as it can."""
    shopper = await shop.begin()
    if kind == "review":
        await shopper.order(last_name="Review")
    else:
        await shopper.order("konbini" if kind == "konbini" else "creditCard")
    await operate(shopper, "forceCancel")
    record = await shopper.record()
    await shopper.settled_as("cancelled")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    end = await shopper.handle.result()

    assert (State.CANCELLED, CancelReason.MERCHANT) == (record.state, record.reason)
    assert (State.CANCELLED, None) == (end, attention(await shopper.record()))


async def test_refused_cancellation_leaves_the_order_watched(shop):
    """The purchase ends all the same; a person is called until the order has ended too."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(pending_cancel="refuse")
    await shopper.order("konbini")
    await operate(shopper, "forceCancel")
    called = await shop.until(shopper, attention)
    await shopper.variant(pending_cancel="allow")
    await shopper.at_provider("pay")
    await shopper.settled_as("accepted")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await shopper.settled_as("cancelled")

    assert (State.CANCELLED, "unpaid_order_not_cancelled") == (called.state, attention(called))


async def test_nobody_waits_for_a_provider_that_is_away(shop):
    """A look at the order that does not come through is given up; the order is cancelled later."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.fault(method="*", path="/*", **DOWN)
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await until_failing(shop, shopper)
    await operate(shopper, "forceCancel")
    record = await shopper.record()
    await shop.control("DELETE", "faults")
    await shopper.settled_as("cancelled")

    assert (State.CANCELLED, CancelReason.MERCHANT) == (record.state, record.reason)


async def test_nobody_waits_for_a_cancellation_that_is_not_answered(shop):
    """The shopper's wish hangs at a provider that is away; an operator ends the purchase now."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.fault(method="*", path="/*", **DOWN)
    cancelling = asyncio.ensure_future(shopper.cancel())
    await until_failing(shop, shopper)
    await operate(shopper, "forceCancel")
    record = await shopper.record()
    await shop.control("DELETE", "faults")
    await shopper.settled_as("cancelled")
    with pytest.raises(Exception, match="Workflow update failed"):
        await cancelling

    assert (State.CANCELLED, CancelReason.MERCHANT) == (record.state, record.reason)
    assert 1 == len((await shopper.ledger())["fulfillments"])


async def test_parcel_under_way_is_reported_before(shop):
    """Goods that are leaving are told to Digital River first; only the rest is cancelled."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.fault(method="POST", path="/fulfillments", **DOWN)
    shipping = asyncio.ensure_future(shopper.ship("parcel-1", ("1", 2, 0)))
    await until_failing(shop, shopper)
    forcing = asyncio.ensure_future(operate(shopper, "forceCancel"))
    await shop.control("DELETE", "faults")
    await shipping
    await forcing
    record = await shopper.until(State.FULFILLED)

    assert [(2, 0), (0, 3)] == [(line.fulfilled, line.cancelled) for line in record.items]


async def test_nothing_is_left_to_cancel(shop):
    """While its order is being cancelled already, a doubled call changes nothing."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order("konbini")
    await shopper.fault(method="POST", path="/fulfillments", **DOWN)
    await operate(shopper, "forceCancel")
    again = await operate(shopper, "forceCancel")

    assert again.done
    assert 1 == len(await acts(shopper))
