"""Asked of the provider's ledger: how it was called."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from demo.http import JSON
from faults.chaos.facts import Facts
from faults.chaos.hurts import Hurt
from faults.chaos.place import CALLS_A_SECOND
from faults.chaos.plan import WORKERS

from .finding import Finding

_TOO_MANY = 429
_TELLING = 0.25
"""Seconds in which a 429 has to reach the worker that gets it, and through it the others."""
_HOLDING_TURNS = 2.0
"""A worker waits so long for its turn at most: frozen there, it calls when it thaws."""


def protected(facts: Facts) -> Finding:
    """No second has more calls than Digital River allows; none begins while it asked to wait."""
    calls = sorted(_began(request) for request in facts.books.ledger["requests"])
    windows = [
        (_ended(one), one["retryAfter"]) for one in facts.books.ledger["requests"] if _holds(one)
    ]
    checked = [window for window in windows if not _disturbed(facts.deeds.hurts, *window)]
    broken = (*_bursts(calls, facts.began), *_calls_in(checked, calls, facts.began))
    aside = len(windows) - len(checked)
    counts = {"Retry-After windows": len(checked), "more with a worker cut off": aside}
    return Finding("I14", len(calls), "calls", broken, counts)


def _holds(request: JSON) -> bool:
    return request["status"] == _TOO_MANY and bool(request.get("retryAfter"))


def _ended(request: JSON) -> float:
    return datetime.fromisoformat(request["time"]).timestamp()


def _began(request: JSON) -> float:
    return _ended(request) - float(request["durationMs"]) / 1000


def _disturbed(hurts: Sequence[Hurt], told: float, seconds: int) -> bool:
    """Tell whether a worker could neither hear nor hand on what it was asked."""
    return any(
        hurt.overlap(told - _HOLDING_TURNS, told + seconds)
        if hurt.kind == "freeze"
        else abs(hurt.began - told) < _TELLING
        for hurt in hurts
        if hurt.process in WORKERS
    )


def _bursts(calls: Sequence[float], zero: float) -> Iterator[str]:
    first, worst = 0, (0, 0.0)
    for number, moment in enumerate(calls):
        while calls[first] <= moment - 1:
            first += 1
        worst = max(worst, (number - first + 1, moment))
    if worst[0] > CALLS_A_SECOND:
        yield f"{worst[0]} calls in the second before {worst[1] - zero:.1f} s"


def _calls_in(
    windows: Sequence[tuple[float, int]], calls: Sequence[float], zero: float
) -> Iterator[str]:
    for told, seconds in windows:
        found = [one for one in calls if told + _TELLING < one < told + seconds]
        if found:
            after = ", ".join(f"{one - told:.2f}" for one in found[:5])
            yield (
                f"{len(found)} calls {after} s after being asked at {told - zero:.1f} s"
                f" to wait {seconds} s"
            )
