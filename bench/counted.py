"""The counts of an order, and their limits."""

from collections.abc import Iterator, Mapping
from typing import Final

from .figure import Figure
from .lives import Usual

MOST_EVENTS: Final = 60
MOST_ACTIONS: Final = 20
MOST_KIB: Final = 20
KIB: Final = 1024


def counted(ours: Usual, plain: Usual, floor: Usual) -> Iterator[Figure]:
    """Set out what a history holds and what is billed, whole and by kind."""
    yield _count("history events", ours.events, plain.events, floor.events, MOST_EVENTS)
    yield from _kinds(ours.events_by_type, plain.events_by_type, floor.events_by_type)
    yield _count("Temporal actions", ours.actions, plain.actions, floor.actions, MOST_ACTIONS)
    yield from _kinds(ours.actions_by_kind, plain.actions_by_kind, floor.actions_by_kind)
    kib = [each.octets / KIB for each in (ours, plain, floor)]
    yield _count("history, KiB as Temporal counts it", kib[0], kib[1], kib[2], MOST_KIB)
    yield _count("state transitions", ours.transitions, plain.transitions, floor.transitions)


def _kinds(
    ours: Mapping[str, int], plain: Mapping[str, int], floor: Mapping[str, int]
) -> Iterator[Figure]:
    for name in sorted({*ours, *plain, *floor}):
        yield _count(f"  {name}", ours.get(name, 0), plain.get(name, 0), floor.get(name, 0))


def _count(
    name: str, ours: float, plain: float, floor: float, limit: float | None = None
) -> Figure:
    return Figure(name, ours, limit, plain, floor, exact=True)
