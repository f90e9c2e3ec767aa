"""Operators who give more time: the alarm, what is shown and what is searched go along."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ferryman import search_attributes
from ferryman.purchase.states import State
from tests.workflows.acting import acts, attention, operate, refused

SPARSE = {"poll_interval": timedelta(days=1)}
HOUR = timedelta(hours=1)


async def until_of(shopper) -> datetime:
    """When the present wait is over, as the record shows it."""
    return (await shopper.record()).waiting_for.until


async def next_deadline(shopper) -> datetime:
    """When it is over, as operators search for it."""
    found: Any = (await shopper.handle.describe()).typed_search_attributes
    return found[search_attributes.NEXT_DEADLINE]


async def extend(shopper, by: timedelta) -> datetime:
    """Put off the end of the present wait by this much."""
    until = (await until_of(shopper) + by).replace(microsecond=0)
    await operate(shopper, "extendDeadline", until=until.isoformat())
    return until


async def begun(shop, state: State):
    """A purchase that waits in this state, and how long it would."""
    shopper = await shop.begin(policy=SPARSE)
    if state is State.CHECKOUT:
        return shopper, timedelta(hours=24)
    await shopper.variant(unpaid="silent")
    if state is State.PENDING_PAYMENT:
        await shopper.order("konbini")
        return shopper, timedelta(days=7, hours=6)
    await shopper.order(last_name="Review")
    return shopper, timedelta(days=3)


async def test_checkout_expires_later(shop):
    """At the first end nothing happens; at the second one it does."""
    shopper, window = await begun(shop, State.CHECKOUT)
    until = await extend(shopper, 2 * HOUR)
    await shopper.travel(window + HOUR)
    between, shown = await shopper.record(), await next_deadline(shopper)
    await shopper.travel(2 * HOUR)

    assert (State.CHECKOUT, until, until) == (between.state, between.waiting_for.until, shown)
    assert State.EXPIRED is (await shopper.until(State.EXPIRED)).state


async def test_payment_is_awaited_longer(shop):
    """The shopper reads the later deadline, and the order is given up after it with its grace."""
    shopper, window = await begun(shop, State.PENDING_PAYMENT)
    until = await extend(shopper, 2 * HOUR)
    await shopper.travel(window + HOUR)
    between = await shopper.record()
    await shopper.travel(2 * HOUR)

    assert (State.PENDING_PAYMENT, until - timedelta(hours=6)) == (
        between.state,
        between.payment_deadline,
    )
    assert State.CANCELLED is (await shopper.until(State.CANCELLED)).state


async def test_review_that_is_overdue_gets_more_time(shop):
    """Nobody is called any more until the new end; then somebody is."""
    shopper, window = await begun(shop, State.IN_REVIEW)
    await shopper.travel(window + HOUR)
    overdue = await shop.until(shopper, attention)
    until = (datetime.now(UTC) + window + 3 * HOUR).replace(microsecond=0)
    await operate(shopper, "extendDeadline", until=until.isoformat())
    between = await shopper.record()
    await shopper.travel(3 * HOUR)
    again = await shop.until(shopper, attention)

    assert ("review_overdue", None, "review_overdue") == (
        attention(overdue),
        attention(between),
        attention(again),
    )
    assert until == between.waiting_for.until


@pytest.mark.parametrize("state", [State.CHECKOUT, State.PENDING_PAYMENT, State.IN_REVIEW])
async def test_deadline_is_never_brought_forward(shop, state):
    """Earlier than now, earlier than promised, or years ahead: refused at `until`."""
    shopper, _ = await begun(shop, state)
    stands = await until_of(shopper)
    moments = [datetime(2020, 1, 1, tzinfo=UTC), stands - HOUR, stands + timedelta(days=400)]
    said = [
        await refused(shopper, "extendDeadline", until=moment.isoformat()) for moment in moments
    ]

    assert ["Invalid"] * 3 == [kind for kind, _ in said]
    assert [] == await acts(shopper)


async def test_same_deadline_again_changes_nothing(shop):
    """A doubled call is answered, and told once."""
    shopper, _ = await begun(shop, State.CHECKOUT)
    until = await extend(shopper, HOUR)
    await operate(shopper, "extendDeadline", until=until.isoformat())

    assert ["extendDeadline"] == [name for name, _ in await acts(shopper)]
