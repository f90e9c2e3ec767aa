"""The timeline of a purchase, written out for its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from ferryman.purchase.timeline import EntryKind, TimelineEntry


@dataclass(frozen=True)
class Entry:
    """One thing that happened; `detail` is in words."""

    sequence: int
    kind: EntryKind
    name: str
    time: datetime
    detail: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, told: TimelineEntry) -> Self:
        """Write an entry out."""
        detail = tuple((name, _written(value)) for name, value in told.detail.items())
        return cls(told.sequence, told.kind, told.name, told.time, detail)

    @property
    def clock(self) -> str:
        """When it was, to the second."""
        return self.time.astimezone(UTC).strftime("%-d %b %H:%M:%S")


def states_of(entries: Sequence[Entry]) -> list[str]:
    """The states that a purchase went through; where each begins is told by no entry."""
    return ["checkout", *(each.name for each in entries if each.kind is EntryKind.STATE)]


def _written(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {_written(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(_written, value))
    if value is None or isinstance(value, bool):
        return {None: "none", True: "yes", False: "no"}[value]
    return str(value)
