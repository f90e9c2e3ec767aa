"""What will be done to the processes and when: all of it follows from the seed."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

WORKERS: Final = ("worker-1", "worker-2")
PROCESSES: Final = (*WORKERS, "api", "temporal")
"""Everything of ours; the sandbox is Digital River and is never touched."""

# When things happen in a storm of 85 s; in a shorter one everything but a kill itself is shorter.
_WHOLE = 85.0
_BLOWS = (8.0, 54.0)
_NO_WORKERS, _NO_TEMPORAL, _NOTHING_WORKS = (13.0, 15.0), (42.0, 44.0), 10.0
_BLACKOUT, _NOBODY_SERVED = (29.0, 31.0), 8.0
_BURST = (66.0, 74.0)

_WEIGHTS: Final = {"worker-1": 1.5, "worker-2": 1.5, "api": 2.0, "temporal": 2.0}
_FREEZES = 0.15
_BETWEEN = (1.0, 2.5)
_DEAD = (0.0, 0.8)
_FROZEN = (0.5, 2.0)
# A process that is hit again before it has begun to work would be hit for nothing.
_BREATH = 1.5

Kind = Literal["kill", "freeze", "terminate"]


@dataclass(frozen=True, order=True)
class Blow:
    """One thing done to one process, in seconds from the beginning."""

    at: float
    process: str
    kind: Kind
    lasts: float
    """How long it is dead or frozen; a terminated one takes the time that it needs before."""


@dataclass(frozen=True)
class Blackout:
    """A time in which Digital River serves nobody."""

    at: float
    lasts: float


@dataclass(frozen=True)
class Plan:
    """The whole storm of one seed.

    Before the first blow and after the last all processes are up, and the weather meets what
    comes and what has piled up at full speed.
    """

    seed: int
    seconds: float
    blows: tuple[Blow, ...]
    blackout: Blackout
    burst_at: float
    """When Digital River sends 500 events at once."""


def draw(seed: int, seconds: float) -> Plan:
    """Draw the storm of a seed."""
    random, scale = Random(seed), seconds / _WHOLE  # noqa: S311 - repeatable, guards nothing
    first, last = (one * scale for one in _BLOWS)
    blows = [
        *_all_workers_dead(random.uniform(*_NO_WORKERS) * scale, _NOTHING_WORKS * scale),
        Blow(random.uniform(*_NO_TEMPORAL) * scale, "temporal", "kill", _NOTHING_WORKS * scale),
    ]
    blows += _terminations(random, first, last, blows)
    blows += _at_random(random, first, last, blows)
    return Plan(
        seed=seed,
        seconds=seconds,
        blows=tuple(sorted(blows)),
        blackout=Blackout(random.uniform(*_BLACKOUT) * scale, _NOBODY_SERVED * scale),
        burst_at=random.uniform(*_BURST) * scale,
    )


def _all_workers_dead(at: float, lasts: float) -> Iterator[Blow]:
    return (Blow(at, worker, "kill", lasts) for worker in WORKERS)


def _terminations(random: Random, first: float, last: float, blows: list[Blow]) -> list[Blow]:
    """One orderly end of each process, at a time when it is up."""
    found: list[Blow] = []
    for process in PROCESSES:
        while True:
            blow = Blow(random.uniform(first, last), process, "terminate", 0.0)
            if _free([*blows, *found], blow):
                found.append(blow)
                break
    return found


def _at_random(random: Random, first: float, last: float, blows: list[Blow]) -> list[Blow]:
    found: list[Blow] = []
    at = first
    while at < last:
        blow = _blow(random, at)
        if _free([*blows, *found], blow):
            found.append(blow)
            at += random.uniform(*_BETWEEN)
        else:
            at += 0.1
    return found


def _blow(random: Random, at: float) -> Blow:
    process = random.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    if random.random() < _FREEZES:
        return Blow(at, process, "freeze", random.uniform(*_FROZEN))
    return Blow(at, process, "kill", random.uniform(*_DEAD))


def _free(blows: list[Blow], wanted: Blow) -> bool:
    """True where the process is up by then, and stays so until it has been dealt with."""
    return all(
        blow.process != wanted.process or _end(blow) < wanted.at or _end(wanted) < blow.at
        for blow in blows
    )


def _end(blow: Blow) -> float:
    # An orderly end takes a while that nobody knows beforehand.
    taken = blow.lasts + (2.0 if blow.kind == "terminate" else 0.0)
    return blow.at + taken + _BREATH
