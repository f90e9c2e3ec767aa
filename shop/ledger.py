"""The line ledger of a purchase, as its page shows it."""

from collections.abc import Iterator
from dataclasses import dataclass

from ferryman.purchase.purchase import Line, PricedLine, Purchase

BAR = 100
"""How long the bar of a line is, in its own units."""


@dataclass(frozen=True)
class Part:
    """A share of a line's bar, from `start`, `length` of BAR long."""

    name: str
    start: float
    length: float


@dataclass(frozen=True)
class LedgerLine:
    """One line, and what the checkout says that it costs, if that is known."""

    line: Line
    price: PricedLine | None

    @property
    def bar(self) -> tuple[Part, ...]:
        """What became of its pieces: fulfilled + cancelled + open is always the quantity."""
        return tuple(part for part in self._parts() if part.length)

    def _parts(self) -> Iterator[Part]:
        counts = {
            "fulfilled": self.line.fulfilled,
            "cancelled": self.line.cancelled,
            "open": self.line.open,
        }
        before = 0
        for name, count in counts.items():
            start, end = (BAR * each / self.line.quantity for each in (before, before + count))
            yield Part(name, round(start, 2), round(end - start, 2))
            before += count


def ledger_of(purchase: Purchase) -> tuple[LedgerLine, ...]:
    """Give the purchase's lines with their prices."""
    priced = purchase.checkout.items if purchase.checkout else ()
    prices = {line.line_id: line for line in priced}
    return tuple(LedgerLine(line, prices.get(line.line_id)) for line in purchase.items)
