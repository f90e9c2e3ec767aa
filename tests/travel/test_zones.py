"""Clocks that are put forward and back while a purchase waits."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.travel.test_payments import moment, rings

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
# As POSIX writes them, so that no database of zones is needed.
ZONES = {
    "Europe/Berlin": "CET-1CEST,M3.5.0,M10.5.0/3",
    "America/New_York": "EST5EDT,M3.2.0,M11.1.0",
}


@pytest.fixture(params=ZONES)
def zone(request, monkeypatch):
    """The process lives in this zone."""
    monkeypatch.setenv("TZ", ZONES[request.param])
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(params=["forward", "back"])
def change(request, zone):
    """When the clocks of the zone are next put forward or back, but not at once."""
    del zone
    wanted = (request.param == "back", request.param == "forward")
    when = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + 5 * DAY
    while (_in_summer(when), _in_summer(when + HOUR)) != wanted:
        when += HOUR
    return when + HOUR


def _in_summer(when):
    return bool(time.localtime(when.timestamp()).tm_isdst)


@pytest.fixture
def windows(change):
    """A checkout window that ends after the change."""
    window = change + 10 * DAY - datetime.now(UTC)
    return {"checkout_window": timedelta(seconds=round(window.total_seconds()))}


async def test_deadlines_do_not_move_with_the_clocks(world, windows, change):
    """Seven days are 168 hours, whichever hours the clocks leave out or say twice."""
    shopper, idle = await world.open(), await world.open()
    await shopper.variant(unpaid="silent")
    await world.travel_to(change - 3 * DAY, hop=400 * DAY)
    pending = await shopper.order("konbini")
    deadline = moment(pending["paymentDeadline"])
    await world.travel_to(deadline + 6 * HOUR - 5 * SECOND)
    waiting = await shopper.view()
    await world.travel(10 * SECOND)
    cancelled = await shopper.until("cancelled")
    opened = await idle.view()
    end = moment(opened["createdTime"]) + windows["checkout_window"]
    await world.travel_to(end - 5 * SECOND)
    still = await idle.view()
    await world.travel(10 * SECOND)
    expired = await idle.until("expired")

    assert deadline == await shopper.ordered_at() + 7 * 24 * HOUR
    assert pending["paymentDeadline"].endswith("Z")
    assert ("pending_payment", "cancelled") == (waiting["state"], cancelled["state"])
    assert await rings(shopper, deadline + 6 * HOUR)
    assert end == moment(opened["waitingFor"]["until"])
    assert ("checkout", "expired") == (still["state"], expired["state"])
    assert await rings(idle, end)
    assert deadline - 7 * DAY < change < deadline
