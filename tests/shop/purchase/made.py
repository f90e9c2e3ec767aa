"""Purchases as the records would hold them, made for a page."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ferryman.purchase.purchase import Checkout, Line, PricedLine, Purchase, SellingEntity
from ferryman.purchase.states import State
from ferryman.purchase.timeline import EntryKind, TimelineEntry

BEGINNING = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def a_line(line_id: str = "lamp", quantity: int = 2, **changes: int) -> Line:
    """A line of the ledger, open where nothing else is said."""
    counts = {"fulfilled": 0, "cancelled": 0, **changes}
    left = quantity - counts["fulfilled"] - counts["cancelled"]
    return Line(line_id=line_id, sku_id=line_id, quantity=quantity, open=left, **counts)


def a_checkout(currency: str = "EUR") -> Checkout:
    """A checkout of two lamps."""
    return Checkout(
        id="checkout-1",
        currency=currency,
        subtotal=Decimal("79.80"),
        total_tax=Decimal("15.16"),
        total_amount=Decimal("94.96"),
        items=(PricedLine(line_id="lamp", amount=Decimal("79.80"), tax=Decimal("15.16")),),
        selling_entity=SellingEntity(id="DR_IRELAND-ENTITY", name="Digital River Ireland Ltd."),
    )


def a_purchase(purchase_id: str, state: State = State.CHECKOUT, **changes: Any) -> Purchase:
    """A purchase of two lamps."""
    given: dict[str, Any] = {
        "version": 1,
        "created_time": BEGINNING,
        "updated_time": BEGINNING,
        "checkout": a_checkout(),
        "items": (a_line(),),
        **changes,
    }
    return Purchase(id=purchase_id, state=state, **given)


def an_entry(
    sequence: int, name: str = "checkout_built", kind: EntryKind = EntryKind.STEP, **detail: Any
) -> TimelineEntry:
    """An entry of a timeline."""
    moment = BEGINNING + timedelta(seconds=sequence)
    return TimelineEntry(sequence=sequence, time=moment, kind=kind, name=name, detail=detail)
