"""Looks through a whole catalogue before anything is sent."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from .rows import Refusal, Row


@dataclass
class Checked:
    """How many rows can be sent, and why the others cannot, by line."""

    good: int = 0
    refused: dict[int, Refusal] = field(default_factory=dict)

    def refuse(self, refusal: Refusal) -> None:
        """Leave this row out."""
        self.refused[refusal.line] = refusal


def check(rows: Iterable[Row | Refusal]) -> Checked:
    """Refuse what is no product, and every row of an id that stands in several.

    Of doubled rows nobody can tell which one is right, so that none of them is sent.
    """
    checked = Checked()
    first: dict[str, int] = {}
    for row in rows:
        if isinstance(row, Refusal):
            checked.refuse(row)
            continue
        identity = row.product.id
        other = first.setdefault(identity, row.line)
        if other == row.line:
            checked.good += 1
            continue
        checked.refuse(Refusal(row.line, identity, f"stands in line {other} too"))
        if other not in checked.refused:
            checked.refuse(Refusal(other, identity, f"stands in line {row.line} too"))
            checked.good -= 1
    return checked
