"""Purchases to keep."""

from datetime import UTC, datetime, timedelta

from ferryman.purchase.purchase import Checkout, Line, Order, Purchase
from ferryman.purchase.states import State
from ferryman.purchase.timeline import EntryKind, TimelineEntry

BEGINNING = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def a_purchase(purchase_id="p1", version=1, *, order=None, checkout=None, **changes):
    """Make a purchase, a second younger for each number in its id."""
    age = timedelta(seconds=int(purchase_id[1:]))
    fields = {
        "state": State.CHECKOUT,
        "created_time": BEGINNING + age,
        "updated_time": BEGINNING + age,
        "items": (Line(line_id="1", quantity=2, open=2),),
        "order": Order(id=order, state="accepted") if order else None,
        "checkout": Checkout(id=checkout, currency="EUR") if checkout else None,
    }
    return Purchase(id=purchase_id, version=version, **(fields | changes))


def an_entry(sequence, name="checkout built", **detail):
    """Make a timeline entry."""
    return TimelineEntry(
        sequence=sequence,
        time=BEGINNING + timedelta(seconds=sequence),
        kind=EntryKind.STEP,
        name=name,
        detail=detail,
    )


def an_event(sequence, event_id):
    """Make the entry of one of the provider's events."""
    return an_entry(sequence, "order.accepted", id=event_id).model_copy(
        update={"kind": EntryKind.EVENT}
    )
