"""The counts of an order, and their limits."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from .figure import Figure
from .lives import Usual

MOST_EVENTS: Final = 60
MOST_ACTIONS: Final = 20
MOST_KIB: Final = 20
KIB: Final = 1024


def counted(usual: Mapping[str, Usual]) -> Iterator[Figure]:
    """Set out what a history holds and what is billed, whole and by kind, by the way's name."""

    def each(name: str, of: Callable[[Usual], float], limit: float | None = None) -> Figure:
        held = {way: of(told) for way, told in usual.items()}
        return Figure(
            name,
            held["purchase"],
            limit,
            plain=held["plain"],
            bare=held["bare"],
            floor=held["floor"],
            exact=True,
        )

    def kinds(of: Callable[[Usual], Mapping[str, int]]) -> Iterator[Figure]:
        for name in sorted(set[str]().union(*map(of, usual.values()))):
            yield each(f"  {name}", lambda held: of(held).get(name, 0))  # noqa: B023 - at once

    yield each("history events", lambda held: held.events, MOST_EVENTS)
    yield from kinds(lambda held: held.events_by_type)
    yield each("Temporal actions", lambda held: held.actions, MOST_ACTIONS)
    yield from kinds(lambda held: held.actions_by_kind)
    yield each("history, KiB as Temporal counts it", lambda held: held.octets / KIB, MOST_KIB)
    yield each("state transitions", lambda held: held.transitions)
