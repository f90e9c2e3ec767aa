"""The gate before Digital River: when an outage closes it, and what those who wait are told."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, select
from sqlalchemy.ext.asyncio import AsyncEngine

from ferryman.digital_river.errors import NotNow

from .clock import SECOND, now
from .tables import pace

CLOSING = 10
"""So many failures in a row are an outage."""
_DOUBLINGS = 4
_TIME = "%Y-%m-%d %H:%M:%S UTC"
_LONGEST_GAP = 10 * SECOND


@dataclass(frozen=True)
class Gate:
    """The gate as one look showed it; times in microseconds since 1970."""

    now: int
    blocked_until: int
    holds: int
    failures: int
    away_since: int
    next_probe: int

    @classmethod
    def of(cls, row: Row[Any]) -> "Gate":
        """Read the row of a look, whatever else that holds."""
        return cls(**{name: getattr(row, name) for name in cls.__dataclass_fields__})

    @property
    def closed(self) -> bool:
        """True while one probe at a time is let through and nothing else."""
        return self.failures >= CLOSING

    @property
    def wait(self) -> timedelta:
        """How long nothing can pass; zero where it is open."""
        return timedelta(microseconds=max(self.blocked_until - self.now, self._to_probe, 0))

    def refusal(self, queue: int) -> NotNow:
        """Tell why there is no turn, and when to ask; in an open gate it is after the `queue`."""
        wait = max(self.wait, timedelta(microseconds=queue))
        return NotNow(retry_after=wait, cause=self._reason())

    def _reason(self) -> str:
        if self.blocked_until > self.now:
            return asked_to_wait((self.blocked_until - self.now) / SECOND)
        if self.closed:
            since = datetime.fromtimestamp(self.away_since // SECOND, UTC)
            probe = max(self._to_probe, 0) / SECOND
            return f"Digital River is away since {since:{_TIME}}, next probe in {probe:.0f} s"
        return "too many calls wait for their turns"

    @property
    def _to_probe(self) -> int:
        if not self.closed:
            return 0
        wait = self.next_probe - self.now
        # More than the gap is left of a lease: the probe is under way and may open any moment.
        return wait if wait <= gap(self.failures) else gap(CLOSING)


def look(engine: AsyncEngine) -> Select[Any]:
    """The statement that looks at the gate."""
    return select(*columns(engine))


def columns(engine: AsyncEngine) -> tuple[ColumnElement[Any], ...]:
    """What a look at the gate reads, and when the next call is due."""
    seen = (pace.c.due, pace.c.blocked_until, pace.c.holds, pace.c.failures, pace.c.away_since)
    return *seen, pace.c.next_probe, now(engine).label("now")


def gap(failures: int) -> int:
    """The microseconds between two probes: 1, 2, 4 and 8 seconds, then 10."""
    return min(SECOND << min(failures - CLOSING, _DOUBLINGS), _LONGEST_GAP)


def asked_to_wait(seconds: float) -> str:
    """The sentence for a wait that Digital River asked for."""
    until = datetime.now(UTC) + timedelta(seconds=seconds)
    return f"Digital River asked to wait until {until:{_TIME}}"
