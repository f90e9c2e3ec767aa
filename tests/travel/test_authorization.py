"""Goods that wait longer than a card's authorisation lives."""

from datetime import timedelta

import pytest

from faults.travel.shopper import Refused
from tests.travel.test_payments import moment

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def attention(view):
    """Why a person is called."""
    return view["needsAttention"] and view["needsAttention"]["reason"]


async def test_seven_days_of_a_card(world):
    """A warning on the fifth day, no shipment after the seventh, and a way out of it."""
    shopper = await world.open()
    await shopper.order()
    began = moment((await shopper.ledger())["charges"][0]["createdTime"])
    await world.travel_to(began + 5 * DAY - MINUTE)
    calm = await shopper.view()
    await world.travel(2 * MINUTE)
    warned = await shopper.shows(attention)
    await shopper.ship("in-time", ("1", 1, 0))
    await world.travel_to(began + 7 * DAY + MINUTE)
    late = await shopper.shows(lambda view: attention(view) == "authorization_expired")
    with pytest.raises(Refused, match="authorization is older than 7 days") as refusal:
        await shopper.ship("too-late", ("1", 1, 0))
    shipped = len((await shopper.ledger())["fulfillments"])
    await shopper.cancel(by="merchant")
    ended = await shopper.until("complete")
    told = [each for each in await shopper.timeline() if each["name"] == "authorization_aged"]

    assert ("accepted", None) == (calm["state"], attention(calm))
    assert "authorization_expiring" == attention(warned)
    ages = [moment(each["time"]) - began for each in told]
    assert [5, 7] == [age.days for age in ages]
    assert max(age % DAY for age in ages) < 2 * MINUTE
    assert "accepted" == late["state"]
    assert 409 == refusal.value.status
    assert 1 == shipped
    assert (None, 1, 4) == (
        attention(ended),
        sum(line["fulfilled"] for line in ended["items"]),
        sum(line["cancelled"] for line in ended["items"]),
    )


async def test_money_that_was_pushed_does_not_age(world):
    """A wire transfer is with Digital River: goods may go out three weeks later."""
    shopper = await world.open()
    await shopper.order("wireTransfer")
    await shopper.at_provider("pay")
    await shopper.until("accepted")
    await world.travel(21 * DAY)
    waiting = await shopper.view()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    complete = await shopper.until("complete")

    assert ("accepted", None) == (waiting["state"], attention(waiting))
    assert "complete" == complete["state"]


class TestTolerant:
    @pytest.fixture
    def windows(self):
        """A merchant whose account is risk-tolerant says so."""
        return {"authorization_age": 30 * DAY}

    async def test_a_merchant_may_ship_later(self, world):
        """Digital River captures by force there, and so a month is as good as a week."""
        shopper = await world.open()
        await shopper.order()
        await world.travel(20 * DAY)
        waiting = await shopper.view()
        await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
        complete = await shopper.until("complete")

        assert ("accepted", None) == (waiting["state"], attention(waiting))
        assert "complete" == complete["state"]
