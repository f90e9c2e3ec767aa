"""The standard flow with its records on PostgreSQL."""

from datetime import timedelta

import pytest

from ferryman.purchase.messages import Hint
from ferryman.purchase.states import State


@pytest.fixture
def database_url(postgresql_database_url: str) -> str:
    """Where the records are kept."""
    return postgresql_database_url


async def test_flow_is_the_same_on_postgresql(shop):
    """From checkout to complete, with the timeline in order and the money to the cent."""
    shopper = await shop.begin()
    accepted = await shopper.order("konbini")
    await shopper.at_provider("pay")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await shopper.until(State.ACCEPTED)
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 2, 1))
    await shopper.settled_as("complete")
    await shopper.travel(timedelta(minutes=20))
    end = await shopper.handle.result()
    record = await shopper.record()
    timeline = await shop.records.timeline(shopper.id)

    assert (State.PENDING_PAYMENT, State.COMPLETE) == (accepted.state, end)
    assert list(range(1, len(timeline) + 1)) == [entry.sequence for entry in timeline]
    order = (await shopper.ledger())["orders"][0]
    assert [order["capturedAmount"], order["cancelledAmount"]] == [
        float(record.order.captured_amount),
        float(record.order.cancelled_amount),
    ]
