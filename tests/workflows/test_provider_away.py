"""A provider that stays away: the purchase waits, and after five minutes a person is told."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import Hint, Refusal
from ferryman.purchase.states import State

DOWN = {"kind": "status", "status": 503, "times": 0}
UNTIL_PATIENCE_ENDS = timedelta(minutes=5)


def reason(record) -> str | None:
    """Why a person is called, if one is."""
    return record.needs_attention.reason if record.needs_attention else None


async def timers(shopper) -> list[str]:
    """The summaries of all timers that the purchase has started."""
    history = await shopper.handle.fetch_history()
    started = [e for e in history.events if e.event_type == EventType.EVENT_TYPE_TIMER_STARTED]
    return [event.user_metadata.summary.data.decode() for event in started]


async def test_shipment_that_waits_five_minutes_calls_a_person_until_it_comes_through(shop):
    """Before five minutes nobody is called; after them one is, and none once the parcel is told."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.fault(method="POST", path="/fulfillments", **DOWN)
    shipping = asyncio.ensure_future(shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0)))
    await shop.until(shopper, lambda record: record.waiting_for.what == "provider")
    await shopper.travel(UNTIL_PATIENCE_ENDS - timedelta(seconds=30))
    early = await shopper.record()
    await shopper.travel(timedelta(minutes=1))
    late = await shop.until(shopper, reason)
    await shop.control("DELETE", "faults")
    await shopper.travel(timedelta(minutes=2))
    await shipping
    record = await shopper.record()

    assert (None, "provider_away", None) == (reason(early), reason(late), reason(record))
    assert State.FULFILLED is record.state


async def test_order_that_is_not_given_any_more_is_told_from_an_outage(shop):
    """Who is called because Digital River denies an order need not look for an outage."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.fault(method="GET", path="/orders/*", kind="status", status=404, times=0)
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await shop.until(shopper, lambda record: record.waiting_for.what == "provider")
    await shopper.travel(timedelta(minutes=6))
    late = await shop.until(shopper, reason)
    await shop.control("DELETE", "faults")
    await shopper.travel(timedelta(minutes=2))

    assert "provider_refuses" == reason(late)
    assert None is reason(await shop.until(shopper, lambda record: reason(record) is None))


async def test_checkout_that_cannot_be_built_calls_a_person(shop):
    """A step that only prepares is waited for as patiently as one that moves money."""
    shopper, start = shop.prepare()
    await shopper.fault(method="POST", path="/checkouts", **DOWN)
    building = asyncio.ensure_future(start)
    await shop.until_started(shopper)
    await shop.until_recorded(shopper, lambda record: record.waiting_for.what == "provider")
    await shopper.travel(timedelta(minutes=6))
    late = await shop.until(shopper, reason)
    await shop.control("DELETE", "faults")
    await shopper.travel(timedelta(minutes=2))
    await building

    assert "provider_away" == reason(late)
    assert None is reason(await shopper.record())
    assert "provider" != (await shopper.record()).waiting_for.what


async def test_given_up_checkout_leaves_nobody_called(shop):
    """Who is called for a checkout that the shopper cancels need not come any more."""
    shopper, start = shop.prepare()
    await shopper.fault(method="POST", path="/checkouts", **DOWN)
    building = asyncio.ensure_future(start)
    await shop.until_started(shopper)
    await shop.until_recorded(shopper, lambda record: record.waiting_for.what == "provider")
    await shopper.travel(timedelta(minutes=6))
    await shop.until(shopper, reason)
    await shopper.cancel()
    await building

    assert State.CANCELLED == await shopper.handle.result()
    assert None is reason(await shopper.record())


async def test_order_left_behind_that_cannot_be_wound_up_calls_a_person(shop):
    """The purchase goes on with its next order meanwhile, and does not wait for the old one."""
    shopper = await shop.begin()
    await shopper.order("bancontact", returnUrl="https://shop.example/back")
    first = await shopper.order_id()
    await shopper.fault(method="POST", path="/fulfillments", **DOWN)
    await shopper.at_provider("abandon")
    await shopper.refresh()
    accepted = await shopper.order()
    await shopper.travel(timedelta(minutes=6))
    late = await shop.until(shopper, reason)
    await shop.control("DELETE", "faults")
    await shopper.travel(timedelta(minutes=2))
    await shopper.tell("order.cancelled", Hint.CANCELLED, order_id=first)
    record = await shop.until(shopper, lambda record: not reason(record))

    assert State.ACCEPTED is accepted.state
    assert ("provider_away", "fulfillment") == (reason(late), late.waiting_for.what)
    assert State.ACCEPTED is record.state


async def test_two_steps_in_trouble_keep_a_person_called_until_both_are_through(shop):
    """One of two failing steps that comes through does not say that the provider is back."""
    shopper = await shop.begin()
    await shopper.order("bancontact", returnUrl="https://shop.example/back")
    await shopper.fault(method="POST", path="/fulfillments", **DOWN)
    await shopper.at_provider("abandon")
    await shopper.refresh()
    await shopper.travel(timedelta(minutes=6))
    await shop.until(shopper, reason)
    await shopper.fault(method="POST", path="/checkouts/*/sources/*", **(DOWN | {"times": 2}))
    await shopper.order()
    still = await shopper.record()

    assert "provider_away" == reason(still)


async def test_last_look_at_an_order_left_behind_dismisses_the_person_by_itself(shop):
    """Nothing else has to happen for the purchase to show that the provider is back."""
    shopper = await shop.begin()
    await shopper.order("bancontact", returnUrl="https://shop.example/back")
    first = await shopper.order_id()
    await shopper.at_provider("abandon")
    await shopper.refresh()
    await shopper.settled_as("cancelled")
    await shopper.fault(method="GET", path="/orders/*", **DOWN)
    await shopper.tell("order.cancelled", Hint.CANCELLED, order_id=first)
    await shopper.travel(timedelta(minutes=6))
    late = await shop.until(shopper, reason)
    await shop.control("DELETE", "faults")
    await shopper.travel(timedelta(minutes=2))
    record = await shop.until(shopper, lambda record: not reason(record))

    assert ("provider_away", "shopper") == (reason(late), record.waiting_for.what)


@pytest.mark.parametrize("troubled", [False, True])
async def test_patience_costs_a_timer_only_where_a_step_fails(shop, troubled):
    """A healthy purchase has no timer for a provider that stays away."""
    shopper = await shop.begin()
    if troubled:
        await shopper.fault(method="POST", path="/orders", kind="status", status=503)
    await shopper.order()
    patience = [name for name in await timers(shopper) if "patience" in name]

    assert int(troubled) == len(patience)


@pytest.mark.parametrize("ending", ["cancelled", "expired"])
@pytest.mark.parametrize("step", ["source", "patch"])
async def test_purchase_without_an_order_ends_while_a_change_is_under_way(shop, step, ending):
    """Neither a cancellation nor the window's end waits for a provider that is away."""
    shopper = await shop.begin(policy={"checkout_window": timedelta(minutes=3)})
    if step == "source":
        await shopper.fault(method="POST", path="/checkouts/*/sources/*", **DOWN)
        change = asyncio.ensure_future(shopper.choose())
    else:
        await shopper.fault(method="POST", path="/checkouts/*", **DOWN)
        change = asyncio.ensure_future(shopper.patch(email="other@example.com"))
    await shop.until(shopper, lambda record: record.waiting_for.what == "provider")
    if ending == "cancelled":
        await shopper.cancel()
    else:
        await shopper.travel(timedelta(minutes=4))
    with pytest.raises(WorkflowUpdateFailedError) as given_up:
        await change

    assert ending == await shopper.handle.result()
    assert Refusal.NOT_ALLOWED == given_up.value.cause.type
