"""What an order allows to be given back, and what speaks against a refund. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from ferryman.money import Money, fits

from .base import Noun
from .purchase import Line
from .refunds import WHOLE, RefundItem, RefundRequest

_NO_LINE = "the purchase has no such line"


class RefundableLine(Noun):
    """What may be given back of one line."""

    line_id: str
    item_id: str
    fulfilled: int
    available: Money | None = None
    pending: Money = Decimal(0)
    """What refunds under way have yet to take of it."""


class Refundable(Noun):
    """One look at what an order allows to be given back."""

    order_state: str
    currency: str
    captured: bool
    """True where at least one capture is complete."""
    available: Money
    pending: Money
    """What refunds under way have yet to take of it."""
    lines: tuple[RefundableLine, ...]


class Objection(NamedTuple):
    """Why a refund cannot be: what is wrong in the request, or, without pointer, in the order."""

    pointer: str | None
    sentence: str


def objections(asked: RefundRequest, order: Refundable) -> list[Objection]:
    """Everything that speaks against a refund now ("Issuing refunds").

    Only what has been captured can go back, no more than is left of it, tax only as a whole.
    """
    if not order.captured:
        sentence = f"nothing has been captured yet: Digital River's order is {order.order_state}"
        return [Objection(None, sentence)]
    found = [*_in_form(asked, order.currency)]
    return found or [*_in_amount(asked, order)]


def slips(asked: RefundRequest, currency: str, lines: Sequence[Line]) -> list[Objection]:
    """Everything that is wrong in a refund whatever its order allows.

    `lines` are the purchase's, of which nothing can go back that was never ordered.
    """
    return [*_in_form(asked, currency), *_beyond(asked.items or (), lines)]


def _beyond(items: Sequence[RefundItem], lines: Sequence[Line]) -> Iterator[Objection]:
    ordered = {line.line_id: line.quantity for line in lines}
    for index, item in enumerate(items):
        if item.line_id not in ordered:
            yield Objection(f"/items/{index}/lineId", _NO_LINE)
        elif (item.quantity or 1) > ordered[item.line_id]:
            yield Objection(f"/items/{index}/quantity", f"only {ordered[item.line_id]} ordered")


def _in_form(asked: RefundRequest, currency: str) -> Iterator[Objection]:
    if asked.type == "tax" and asked.percent != WHOLE:
        field = "amount" if asked.amount is not None else "percent"
        yield Objection(f"/{field}", "tax is refunded as a whole: percent 100")
    if asked.items and asked.type is not None:
        yield Objection("/type", "goes with amount or percent; lines have types of their own")
    for pointer, amount in _amounts(asked):
        if not fits(amount, currency):
            yield Objection(pointer, f"more digits than {currency} has")
    seen: set[tuple[str, str | None]] = set()
    for index, item in enumerate(asked.items or ()):
        if (item.line_id, item.type) in seen:
            yield Objection(f"/items/{index}/lineId", "doubled lineId")
        seen.add((item.line_id, item.type))


def _amounts(asked: RefundRequest) -> Iterator[tuple[str, Decimal]]:
    if asked.amount is not None:
        yield "/amount", asked.amount
    for index, item in enumerate(asked.items or ()):
        if item.amount is not None:
            yield f"/items/{index}/amount", item.amount


def _in_amount(asked: RefundRequest, order: Refundable) -> Iterator[Objection]:
    left = order.available - order.pending
    if asked.items is None:
        # The share of a kind, such as shipping, is Digital River's to reckon.
        share = asked.amount if asked.type is None or asked.amount is not None else Decimal(0)
        wanted = share if share is not None else order.available * (asked.percent or 0) / WHOLE
        field = "amount" if asked.amount is not None else "percent"
        if left <= 0 or wanted > left:
            yield Objection(f"/{field}", _too_much(left, order.currency))
        return
    found = [*_in_lines(asked.items, order)]
    yield from found
    if not found and (left <= 0 or _sum(asked.items, order) > left):
        yield Objection("/items", _too_much(left, order.currency))


def _in_lines(items: tuple[RefundItem, ...], order: Refundable) -> Iterator[Objection]:
    lines = {line.line_id: line for line in order.lines}
    taken: defaultdict[str, Decimal] = defaultdict(Decimal)
    for index, item in enumerate(items):
        line = lines.get(item.line_id)
        if line is None:
            yield Objection(f"/items/{index}/lineId", _NO_LINE)
            continue
        if (item.quantity or 1) > line.fulfilled:
            field = "lineId" if item.quantity is None else "quantity"
            yield Objection(f"/items/{index}/{field}", f"only {line.fulfilled} fulfilled")
            continue
        left = _left(line)
        share = _share(item, line)
        if left is not None and (left <= 0 or taken[item.line_id] + share > left):
            field = "percent" if item.amount is None and item.percent is not None else "amount"
            yield Objection(f"/items/{index}/{field}", _too_much(left, order.currency))
        taken[item.line_id] += share


def _left(line: RefundableLine) -> Decimal | None:
    return None if line.available is None else line.available - line.pending


def _share(item: RefundItem, line: RefundableLine) -> Decimal:
    if item.amount is not None:
        return item.amount
    if item.type is not None or line.available is None:
        return Decimal(0)
    pieces = Decimal(item.quantity or line.fulfilled) / max(1, line.fulfilled)
    return line.available * pieces * (item.percent or WHOLE) / WHOLE


def _sum(items: tuple[RefundItem, ...], order: Refundable) -> Decimal:
    lines = {line.line_id: line for line in order.lines}
    return sum((_share(item, lines[item.line_id]) for item in items), Decimal(0))


def _too_much(left: Decimal, currency: str) -> str:
    return f"more than can be refunded now, which is {max(left, Decimal(0))} {currency}"
