"""How often an order that nobody tells of is read again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.documents import DocumentActivities
from activities.looking import Looking
from activities.orders import OrderActivities, WatchedOrder
from activities.translate import order_reading

INTERVAL = timedelta(minutes=15)
BEGUN = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("attempt", "waited", "expected"),
    [
        (40, timedelta(hours=10), INTERVAL),
        (5_000, timedelta(hours=10), INTERVAL),
        (97, timedelta(hours=25), timedelta(hours=1)),
    ],
)
async def test_cadence_follows_the_time_and_not_the_attempts(shop, attempt, waited, expected):
    """As set for a day, then hourly; what an outage adds in attempts makes no poll rarer."""
    shopper = await shop.begin()
    await shopper.order()
    order = await shop.digital_river.get_order(await shopper.order_id(), expand=True)
    environment = ActivityEnvironment()
    environment.info = replace(
        environment.info,
        attempt=attempt,
        scheduled_time=BEGUN,
        current_attempt_scheduled_time=BEGUN + waited,
    )
    documents = DocumentActivities(shop.digital_river, timedelta(days=90))
    orders = OrderActivities(
        shop.digital_river, Looking(shop.digital_river, timedelta()), documents
    )
    watched = WatchedOrder(
        purchase_id=shopper.id,
        order_id=order.id,
        known=order_reading(order, BEGUN).mark,
        interval=INTERVAL,
    )
    with pytest.raises(ApplicationError) as nothing_new:
        await environment.run(orders.watch, watched)
    delay = nothing_new.value.next_retry_delay

    assert expected <= delay <= expected * 1.1
