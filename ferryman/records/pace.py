"""One pace for all workers: who may call Digital River when, agreed in one row of the database.

The row holds when the next call is due if all came evenly (the generic cell rate algorithm). A
call takes its turn by moving that on, in one statement, and waits until its turn has come. A
hold moves it on for everybody; who waits when it comes takes a new turn.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, cast, extract, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from .engine import is_sqlite, reading, writing
from .tables import pace

_SECOND = 1_000_000
# Calls leave later than their turns by what a scheduler and a socket take; this much is forgiven.
_JITTER = 0.1


@dataclass(frozen=True)
class _Turn:
    wait: float
    holds: int


class DatabasePace:
    """At most `rate_per_second` calls in any second, over all who share the database.

    Up to `burst` calls may follow each other at once, for which the others come further apart.
    """

    def __init__(self, engine: AsyncEngine, rate_per_second: int, burst: int | None = None) -> None:
        self._engine = engine
        self._burst = burst or max(1, rate_per_second // 5)
        self._apart = round((1 + _JITTER) * _SECOND / (rate_per_second - self._burst + 1))
        self._quiet_until = 0.0

    async def take(self) -> None:
        """Wait for this call's turn."""
        while True:
            await asyncio.sleep(self._quiet_until - time.monotonic())
            turn = await self._next_turn()
            await asyncio.sleep(turn.wait)
            overtaken = turn.wait > 0 and await self._holds() != turn.holds
            if not overtaken and time.monotonic() >= self._quiet_until:
                return

    async def hold(self, duration: timedelta) -> None:
        """Let no call begin for so long from now, and none that waits keep its turn."""
        # This worker's own calls stop before the others can be told.
        ends = time.monotonic() + duration.total_seconds()
        self._quiet_until = max(self._quiet_until, ends)
        async with writing(self._engine) as connection:
            now = self._now()
            until = now + round(duration / timedelta(microseconds=1))
            # What went out in the last second still counts where the hold is short.
            soonest = now + _SECOND + (self._burst - 1) * self._apart
            await connection.execute(
                update(pace)
                .where(pace.c.blocked_until < until)
                .values(
                    blocked_until=until, due=self._latest(until, soonest), holds=pace.c.holds + 1
                )
            )

    async def _next_turn(self) -> _Turn:
        async with writing(self._engine) as connection:
            now = self._now()
            due = self._latest(pace.c.due, now) + self._apart
            row = (
                await connection.execute(
                    update(pace)
                    .values(due=due)
                    .returning(pace.c.due, pace.c.blocked_until, pace.c.holds, now.label("now"))
                )
            ).one()
        begins = max(row.due - self._burst * self._apart, row.blocked_until)
        return _Turn(wait=(begins - row.now) / _SECOND, holds=row.holds)

    async def _holds(self) -> int:
        async with reading(self._engine) as connection:
            return int((await connection.execute(select(pace.c.holds))).scalar_one())

    def _now(self) -> ColumnElement[int]:
        # SQLite's clock is this machine's, and its lock is held; machines that share
        # PostgreSQL go by its clock, read when the row's lock has been got.
        if is_sqlite(self._engine):
            return literal(time.time_ns() // 1000, BigInteger)
        return cast(extract("epoch", func.clock_timestamp()) * _SECOND, BigInteger)

    def _latest(self, *times: Any) -> ColumnElement[int]:
        return func.max(*times) if is_sqlite(self._engine) else func.greatest(*times)
