"""The line ledger: how much of each line is shipped, cancelled and open. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence

from .messages import CancelledItem, ShipmentItem
from .purchase import Line
from .readings import OrderedItem
from .request import Item


class OverQuantity(ValueError):
    """More than is open; `line_id` and `index` say where."""

    def __init__(self, index: int, line_id: str, message: str) -> None:
        super().__init__(message)
        self.index = index
        self.line_id = line_id


Lines = tuple[Line, ...]


def ordered(items: Iterable[Item]) -> Lines:
    """The ledger of a purchase of which nothing has moved yet."""
    return tuple(
        Line(
            line_id=item.line_id,
            sku_id=item.product,
            quantity=item.quantity,
            open=item.quantity,
            physical=item.physical,
        )
        for item in items
    )


def matched(lines: Lines, items: Sequence[OrderedItem]) -> Lines:
    """The ledger with the provider's order item ids.

    An item is a line's by our line id, or by its own, as of an order that was made elsewhere;
    without that by SKU and quantity, in the order of lines that have both in common; and by its
    place only where the provider names no SKU either.
    """
    named = Counter(item.line_id for item in items if item.line_id is not None)
    # An order that was made elsewhere may name several items the same, or one as another's id is.
    by_line = {item.line_id or "": item for item in items if named[item.line_id or ""] == 1}
    by_line |= {item.id: item for item in items}
    left = [item for item in items if item.line_id is None]
    return tuple(_matched(line, by_line.get(line.line_id) or _take(left, line)) for line in lines)


def _take(left: list[OrderedItem], line: Line) -> OrderedItem | None:
    if line.order_item_id is not None:
        return next((item for item in left if item.id == line.order_item_id), None)
    for index, item in enumerate(left):
        alike = (item.sku_id, item.quantity) == (line.sku_id, line.quantity)
        if alike or item.sku_id is None:
            return left.pop(index)
    return None


def _matched(line: Line, item: OrderedItem | None) -> Line:
    if item is None:
        return line
    physical = line.physical if line.physical is not None else item.physical
    return line.model_copy(update={"order_item_id": item.id, "physical": physical})


def unmatched(lines: Lines) -> bool:
    """True where the provider knows no item of some line, so that it cannot be shipped."""
    return any(line.order_item_id is None for line in lines)


def open_quantity(lines: Lines) -> int:
    """How many pieces may still be shipped or cancelled."""
    return sum(line.open for line in lines)


def fulfilled_quantity(lines: Lines) -> int:
    """How many pieces have been shipped."""
    return sum(line.fulfilled for line in lines)


def moved(lines: Lines, items: Sequence[ShipmentItem]) -> Lines:
    """The ledger after these pieces were shipped or cancelled.

    Raises OverQuantity where a line is unknown, named twice or has less open.
    """
    ledger = {line.line_id: line for line in lines}
    seen: set[str] = set()
    for index, item in enumerate(items):
        line = ledger.get(item.line_id)
        if line is None:
            raise OverQuantity(index, item.line_id, "the purchase has no such line")
        if item.line_id in seen:
            raise OverQuantity(index, item.line_id, "doubled lineId")
        seen.add(item.line_id)
        if item.quantity + item.cancel_quantity > line.open:
            raise OverQuantity(index, item.line_id, f"only {line.open} open")
        ledger[item.line_id] = _moved(line, item)
    return tuple(ledger.values())


def _moved(line: Line, item: ShipmentItem) -> Line:
    return line.model_copy(
        update={
            "fulfilled": line.fulfilled + item.quantity,
            "cancelled": line.cancelled + item.cancel_quantity,
            "open": line.open - item.quantity - item.cancel_quantity,
        }
    )


def given_up(lines: Lines) -> Lines:
    """The ledger with everything cancelled that was open."""
    return tuple(
        line.model_copy(update={"cancelled": line.cancelled + line.open, "open": 0})
        for line in lines
    )


def cancelling(lines: Lines, items: Sequence[CancelledItem] | None) -> tuple[ShipmentItem, ...]:
    """The movement that cancels these items, or all that is open."""
    if items is None:
        return tuple(
            ShipmentItem(line_id=line.line_id, cancel_quantity=line.open)
            for line in lines
            if line.open
        )
    return tuple(
        ShipmentItem(line_id=item.line_id, cancel_quantity=item.quantity) for item in items
    )


def cancelling_at_most(
    lines: Lines, items: Sequence[CancelledItem] | None
) -> tuple[ShipmentItem, ...]:
    """The movement that cancels as much of these items as is still open."""
    left = {line.line_id: line.open for line in lines}
    return tuple(
        item.model_copy(update={"cancel_quantity": most})
        for item in cancelling(lines, items)
        if (most := min(item.cancel_quantity, left.get(item.line_id, 0)))
    )


def not_cancelled(items: Sequence[Item], lines: Lines) -> tuple[Item, ...]:
    """The items less what was cancelled of them; a line with an aggregate price stays whole."""
    less = {line.line_id: line.cancelled for line in lines}
    return tuple(
        item.model_copy(update={"quantity": item.quantity - less.get(item.line_id, 0)})
        if item.price is not None
        else item
        for item in items
        if item.price is None or item.quantity > less.get(item.line_id, 0)
    )
