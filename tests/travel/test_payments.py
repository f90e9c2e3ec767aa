"""Weeks in which a shopper pays, or does not."""

from datetime import UTC, datetime, timedelta

import pytest

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
OF_THE_CLOCK = {"OPTIONS_UPDATED", "TIME_SKIPPING_TRANSITIONED"}
LIVE = {"pending_payment", "in_review", "accepted", "fulfilled", "complete"}


def moment(text):
    """The time that a document says."""
    return datetime.fromisoformat(text)


async def rings(shopper, when):
    """True where a timer of the purchase was set for this minute."""
    started = [
        (event.event_time.ToDatetime(UTC), event.timer_started_event_attributes)
        for event in (await shopper.handle.fetch_history()).events
        if event.HasField("timer_started_event_attributes")
    ]
    ends = [at + timer.start_to_fire_timeout.ToTimedelta() for at, timer in started]
    # A busy server writes down a timer's start seconds after the flow has measured its length.
    return any(abs(end - when) < timedelta(minutes=1) for end in ends)


async def live_orders(shopper):
    """How many orders of the purchase could still cost money."""
    return len([each for each in (await shopper.ledger())["orders"] if each["state"] in LIVE])


async def test_wire_transfer_paid_on_the_last_day(world):
    """Thirty days are thirty days: money in the last minute is as good as in the first."""
    shopper = await world.open()
    pending = await shopper.order("wireTransfer")
    await world.travel_to(moment(pending["paymentDeadline"]) - MINUTE)
    before = await shopper.view()
    await shopper.at_provider("pay")
    accepted = await shopper.until("accepted")
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    complete = await shopper.until("complete")

    assert moment(pending["paymentDeadline"]) == await shopper.ordered_at() + 30 * DAY
    assert "pending_payment" == before["state"]
    assert pending["paymentDeadline"] == before["paymentDeadline"]
    assert None is accepted["paymentDeadline"]
    assert complete["order"]["capturedAmount"] == complete["checkout"]["totalAmount"]


async def test_wire_transfer_never_paid_in_silence(world):
    """Nobody says anything: the order is cancelled at Digital River once the grace is over."""
    shopper = await world.open()
    await shopper.variant(unpaid="silent")
    pending = await shopper.order("wireTransfer")
    end = moment(pending["waitingFor"]["until"])
    await world.travel_to(end - MINUTE)
    before = await shopper.view()
    await world.travel(2 * MINUTE)
    after = await shopper.until("cancelled")
    await shopper.stands("cancelled")
    await world.travel(2 * DAY)
    ended = await shopper.handle.result()
    timeline = await shopper.timeline()

    assert end == moment(pending["paymentDeadline"]) + timedelta(hours=6)
    assert "pending_payment" == before["state"]
    assert ("payment_window_closed", "cancelled") == (after["reason"], ended)
    assert "payment_window_closed" in [entry["name"] for entry in timeline]
    assert await rings(shopper, end)
    assert 0 == await live_orders(shopper)


async def test_wire_transfer_that_digital_river_ends(world):
    """Digital River cancels an unpaid order after thirty days, which ends the purchase at once."""
    shopper = await world.open()
    pending = await shopper.order("wireTransfer")
    await world.travel_to(moment(pending["paymentDeadline"]) + MINUTE)
    cancelled = await shopper.until("cancelled")

    assert "payment_window_closed" == cancelled["reason"]
    assert "order.cancelled" in await shopper.names()
    assert "cancelled" == await shopper.handle.result()


async def test_konbini_paid_on_the_seventh_day(world):
    """A konbini slip is good for seven days, no more and no less."""
    shopper = await world.open()
    pending = await shopper.order("konbini")
    await world.travel(7 * DAY - MINUTE)
    await shopper.at_provider("pay")
    accepted = await shopper.until("accepted")

    assert moment(pending["paymentDeadline"]) == await shopper.ordered_at() + 7 * DAY
    assert "accepted" == accepted["state"]


async def test_konbini_never_paid(world):
    """Seven days and the six hours of grace; later money calls a person."""
    shopper = await world.open()
    await shopper.variant(unpaid="silent", pending_cancel="refuse")
    await shopper.order("konbini")
    await world.travel(7 * DAY + timedelta(hours=5))
    before = await shopper.view()
    await world.travel(timedelta(hours=2))
    cancelled = await shopper.shows(lambda view: view["needsAttention"])
    await shopper.at_provider("pay")
    await world.travel(DAY)
    late = await shopper.told("order.accepted")

    assert "pending_payment" == before["state"]
    assert ("cancelled", "payment_window_closed") == (cancelled["state"], cancelled["reason"])
    assert "unpaid_order_not_cancelled" == cancelled["needsAttention"]["reason"]
    assert "late_payment" in [entry["detail"].get("reason") for entry in late]


async def test_checkout_window(world):
    """A purchase that nobody submits expires after a day, to the second."""
    shopper = await world.open()
    opened = await shopper.view()
    end = moment(opened["createdTime"]) + DAY
    await world.travel_to(end - MINUTE)
    before = await shopper.view()
    await world.travel(2 * MINUTE)
    await shopper.until("expired")

    assert end == moment(opened["waitingFor"]["until"])
    assert "checkout" == before["state"]
    assert "checkout_window_closed" in await shopper.names()
    assert await rings(shopper, end)


class TestCost:
    @pytest.fixture
    def windows(self):
        """Two looks a day."""
        return {"poll_interval": timedelta(hours=12)}

    async def test_looking_for_a_month_costs_nothing(self, world):
        """A month of looks at an unpaid order is one activity: its history does not grow."""
        shopper = await world.open()
        await shopper.order("wireTransfer")
        await shopper.told("order.pending_payment")
        calm = await own_events(shopper)
        asked = len((await shopper.ledger())["requests"])
        await world.travel(29 * DAY)
        looks = len((await shopper.ledger())["requests"]) - asked
        grown = await own_events(shopper) - calm

        assert 29 <= looks
        # The checkout window has closed meanwhile.
        assert grown <= 8
        assert calm + grown <= 50


async def own_events(shopper):
    """How long the history is without what turning the clock has written into it."""
    history = await shopper.handle.fetch_history()
    names = [event.WhichOneof("attributes") for event in history.events]
    return len([name for name in names if not any(each.lower() in name for each in OF_THE_CLOCK)])
