"""Where a purchase meets the world, and the ways in which that can go wrong."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from yarl import URL

MONEY = frozenset({"create_order", "fulfill", "cancel_order"})
"""Activities that settle before they repeat themselves."""


class Way(StrEnum):
    """One way to fail; worker and provider fail apart."""

    BEFORE = "before"
    """The worker dies and the call is never sent."""
    AFTER = "after"
    """The worker dies with the answer in its hands."""
    VANISHED_BEFORE = "vanished_before"
    """As before, and nobody tells Temporal: the heartbeat has to run out."""
    VANISHED_AFTER = "vanished_after"
    HANGS_BEFORE = "hangs_before"
    """As before, and the whole worker is torn down meanwhile."""
    HANGS_AFTER = "hangs_after"
    RESET_BEFORE = "reset_before"
    ANSWER_LOST = "answer_lost"
    """Digital River has done it; the connection is cut instead of an answer."""
    TIMEOUT = "timeout"
    """Digital River has done it; the answer takes longer than we wait."""
    WRONG_BODY = "wrong_body"
    """Digital River has done it; the answer is a gateway's page."""
    ERROR = "error_500"
    AWAY = "away_503"
    """Not done, and we are asked to come again."""
    TOO_MANY = "too_many_429"
    LATE_COMMIT = "late_commit"
    """An error first; done only while the repeat waits for it to settle."""
    REFUSED_404 = "refused_404"
    """As late; done between the repeat's look and its own call, which is refused for that."""
    REFUSED_409 = "refused_409"
    """As late; done after the repeat's own call was refused for another reason."""


LATE = frozenset({Way.LATE_COMMIT, Way.REFUSED_404, Way.REFUSED_409})
VANISHES = frozenset({Way.VANISHED_BEFORE, Way.VANISHED_AFTER})


@dataclass(frozen=True, order=True)
class Crossing:
    """The `turn`-th run of an activity, and in it the `count`-th call of its kind."""

    activity: str
    turn: int
    call: str = ""
    """Method and path template; empty for the activity as a whole."""
    count: int = 0

    def __str__(self) -> str:
        if not self.call:
            return f"{self.activity}#{self.turn}"
        return f"{self.activity}#{self.turn}/{self.call}#{self.count}"

    @property
    def reads(self) -> bool:
        """True where nothing can have been changed."""
        return self.call.startswith("GET")


@dataclass(frozen=True)
class Fault:
    """One way to fail at one crossing."""

    crossing: Crossing
    way: Way

    def __str__(self) -> str:
        return f"{self.crossing}/{self.way}"


@dataclass(frozen=True)
class Case:
    """One life with its faults; the name says everything."""

    life: str
    faults: tuple[Fault, ...] = ()

    def __str__(self) -> str:
        return f"{self.life}/{'+'.join(map(str, self.faults))}"

    @classmethod
    def named(cls, name: str) -> Self:
        """Read a case back from its name."""
        life, _, faults = name.partition("/")
        return cls(life, tuple(_fault(each) for each in faults.split("+") if each))


def _fault(name: str) -> Fault:
    where, _, way = name.rpartition("/")
    activity, _, call = where.partition("/")
    step, _, turn = activity.partition("#")
    kind, _, count = call.partition("#")
    return Fault(Crossing(step, int(turn), kind, int(count or 0)), Way(way))


def template(method: str, url: URL) -> str:
    """The call without its ids: nouns and ids take turns in Digital River's paths."""
    parts = url.path.strip("/").split("/")
    return f"{method} {' '.join(part for index, part in enumerate(parts) if index % 2 == 0)}"
