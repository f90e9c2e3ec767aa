"""Which cases there are: every crossing of every life with every way that can hurt there."""

import random
from collections.abc import Iterable, Mapping, Sequence
from itertools import cycle, takewhile

from tests.crashes.crossing import MONEY, VANISHES, Case, Crossing, Fault, Way

CHANGING = (
    Way.BEFORE,
    Way.AFTER,
    Way.ANSWER_LOST,
    Way.WRONG_BODY,
    Way.ERROR,
    Way.TOO_MANY,
    Way.LATE_COMMIT,
)
MOVING_MONEY = (*VANISHES, *CHANGING, Way.REFUSED_409)
TAKING_TURNS = (Way.TIMEOUT, Way.RESET_BEFORE, Way.AWAY)
"""Ways that come to us as another one does: each money step meets one of them."""
READING = (Way.BEFORE, Way.ERROR, Way.RESET_BEFORE, Way.WRONG_BODY, Way.AFTER)
SAVING = (Way.BEFORE, Way.AFTER)
"""Where there is little to lose, each step meets one of these."""

TORN_DOWN = tuple(
    Case.named(name)
    for name in (
        "card/create_order#1/POST orders#1/hangs_before",
        "card/create_order#1/POST orders#1/hangs_after",
        "card/fulfill#2/POST fulfillments#1/hangs_after",
        "redirect/cancel_order#1/POST fulfillments#1/hangs_after",
        "card/build_checkout#1/POST checkouts#1/hangs_after",
        "card/attach_source#1/POST checkouts sources#1/hangs_after",
        "card/save_record#4/hangs_after",
    )
)
"""Money steps are missed by their heartbeat; local steps end with their worker."""


def singles(lives: Mapping[str, Sequence[Crossing]]) -> list[Case]:
    """One fault each, on what each life has crossed."""
    turns = Turns()
    cases = [
        Case(life, (Fault(crossing, way),))
        for life, crossed in fresh(lives).items()
        for crossing in crossed
        for way in turns.ways(crossing)
    ]
    return sorted(cases, key=_waits, reverse=True)


def fresh(lives: Mapping[str, Sequence[Crossing]]) -> dict[str, list[Crossing]]:
    """What each life crosses from where it is no longer the life of one before it."""
    found: dict[str, list[Crossing]] = {}
    for life, crossed in lives.items():
        unsubmitted = [*takewhile(lambda one: one.activity != "create_order", crossed)]
        common = max((_common(unsubmitted, lives[other]) for other in found), default=0)
        found[life] = list(crossed[common:])
    return found


def _common(one: Sequence[Crossing], other: Sequence[Crossing]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


class Turns:
    """Which ways a crossing meets."""

    def __init__(self) -> None:
        self._reading, self._saving = cycle(READING), cycle(SAVING)
        self._like_another = cycle(TAKING_TURNS)

    def ways(self, crossing: Crossing) -> tuple[Way, ...]:
        """The ways for this one; those that take turns move on."""
        if not crossing.call:
            return (next(self._saving),) if crossing.activity == "save_record" else ()
        if crossing.reads:
            return (next(self._reading),)
        if crossing.activity not in MONEY:
            return CHANGING
        return (*_moving(crossing), next(self._like_another))


def _moving(crossing: Crossing) -> tuple[Way, ...]:
    # Only a checkout is used up by its first order; a shipment done twice would pass.
    used_up = (Way.REFUSED_404,) if crossing.activity == "create_order" else ()
    return (*MOVING_MONEY, *used_up)


def _waits(case: Case) -> bool:
    """Cases that wait for a heartbeat begin first."""
    return any(fault.way in VANISHES for fault in case.faults)


def chosen(cases: Iterable[Case]) -> list[Case]:
    """So many that each way has struck each kind of call once, wherever that was.

    Of a read that is lost nothing is left, so that one way of losing it does.
    """
    seen = set()
    found = []
    for case in cases:
        crossing, way = case.faults[0].crossing, case.faults[0].way
        kind = (crossing.activity, crossing.call, None if crossing.reads else way)
        if kind not in seen:
            seen.add(kind)
            found.append(case)
    return found


def pairs(cases: Sequence[Case], seed: int, number: int) -> list[Case]:
    """Two faults in one life: half of them strike the repeat of a step that has been struck.

    Each is drawn once: of two that are played under one name only the second would be looked at.
    """
    dice = random.Random(seed)  # noqa: S311 - repeatable plans, no secrets
    found: dict[Case, None] = {}
    while len(found) < number:
        first = dice.choice(cases)
        second = _repeated(first, dice) if len(found) % 2 else _another(first, cases, dice)
        if second is not None:
            found[Case(first.life, (*first.faults, second))] = None
    return sorted(found, key=_waits, reverse=True)


def _repeated(case: Case, dice: random.Random) -> Fault | None:
    struck = case.faults[0].crossing
    if struck.activity not in MONEY:
        return None
    again = Crossing(struck.activity, struck.turn + 1, struck.call, struck.count)
    ways = READING if struck.reads else _moving(struck)
    return Fault(again, dice.choice(ways))


def _another(case: Case, cases: Sequence[Case], dice: random.Random) -> Fault | None:
    other = dice.choice([one for one in cases if one.life == case.life]).faults[0]
    return None if other.crossing == case.faults[0].crossing else other
