"""What becomes of a call that had its turn, counted for all workers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import Update, case, update
from sqlalchemy.ext.asyncio import AsyncEngine

from .clock import now
from .engine import RecordsUnavailable, writing
from .gate import CLOSING, Gate, gap, look
from .tables import pace

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Turn:
    """One call's turn; where the gate was closed, it is a probe until its lease ends."""

    engine: AsyncEngine
    gate: Gate
    lease: int
    """So long a probe is alone, even if its worker dies; in microseconds."""

    async def answered(self) -> None:
        """Digital River is there, whatever it said; free of cost while no failure is counted."""
        if not self.gate.failures:
            return
        with costing_no_answer():
            async with writing(self.engine) as connection:
                await connection.execute(update(pace).where(pace.c.failures > 0).values(failures=0))
            if self.gate.closed:
                log.info("digital_river_back", failures=self.gate.failures)

    async def failed(self) -> timedelta | None:
        """Digital River did not answer or is broken; gives the wait where that closes the gate."""
        with costing_no_answer():
            async with writing(self.engine) as connection:
                counted = await connection.execute(
                    self._probed() if self.gate.closed else self._counted()
                )
                gate = Gate.of((await connection.execute(look(self.engine))).one())
            if counted.rowcount and gate.failures == CLOSING:
                log.warning("digital_river_away", failures=gate.failures)
            return gate.wait if gate.closed else None
        return None

    def _counted(self) -> Update:
        moment = now(self.engine)
        return (
            update(pace)
            # Calls that were under way when the gate closed say nothing new.
            .where(pace.c.failures < CLOSING)
            .values(
                failures=pace.c.failures + 1,
                away_since=case((pace.c.failures == 0, moment), else_=pace.c.away_since),
                next_probe=moment + gap(CLOSING),
            )
        )

    def _probed(self) -> Update:
        failures = self.gate.failures + 1
        return (
            update(pace)
            # A probe that took longer than its lease has been replaced by another.
            .where(pace.c.failures == self.gate.failures, pace.c.next_probe == self.gate.next_probe)
            .values(failures=failures, next_probe=self.gate.next_probe - self.lease + gap(failures))
        )


@contextmanager
def costing_no_answer() -> Iterator[None]:
    """Let a call end as it did even where the database cannot be told."""
    try:
        yield
    except RecordsUnavailable as error:
        log.warning("pace_not_told", cause=str(error))
