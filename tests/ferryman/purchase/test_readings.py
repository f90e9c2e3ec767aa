"""Which of two looks at an order counts, and what a look by a newer process says to an older."""

from datetime import UTC, datetime, timedelta

import pytest

from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.purchase.purchase import Order
from ferryman.purchase.readings import Funds, OrderReading, Standing, SubmissionReading, Submitted

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def reading(mark: str, minutes: int = 0, order_id: str = "1") -> OrderReading:
    """A look at an order some minutes after noon."""
    return OrderReading(
        order=Order(id=order_id, state="accepted"),
        taken=NOON + timedelta(minutes=minutes),
        standing=Standing.ACCEPTED,
        funds=Funds.SETTLED,
        created_time=NOON,
        mark=mark,
    )


@pytest.mark.parametrize(
    ("newer", "known", "expected"),
    [
        (reading("complete", 2), reading("accepted", 1), True),
        (reading("accepted", 1), reading("complete", 2), False),
        (reading("accepted", 2), reading("accepted", 1), False),
        (reading("complete", 2, "2"), reading("accepted", 1), False),
        (reading("complete", 2), None, False),
    ],
    ids=["later", "overtaken", "same", "another order", "no order"],
)
def test_only_a_later_and_different_look_is_news(newer, known, expected):
    """A look that was overtaken by a newer one never replaces it."""
    assert expected is newer.is_news_to(known)


def test_words_of_a_newer_process_are_read_as_no_news():
    """A state, hint or outcome that this process does not know does not make a message unreadable.

    An outcome is the most careful one: the order is looked for again.
    """
    newer = reading("complete").model_dump(mode="json") | {"standing": "new", "funds": "new"}
    read = OrderReading.model_validate(newer)
    event = ProviderEvent.model_validate({"id": "1", "name": "order.new", "hint": "new"})

    assert (Standing.UNKNOWN, Funds.AWAITED) == (read.standing, read.funds)
    assert Hint.OTHER is event.hint
    assert Submitted.UNCLEAR is SubmissionReading.model_validate({"outcome": "new"}).outcome
