"""One pace for all workers: who may call Digital River when, agreed in one row of the database.

The row holds when the next call is due if all came evenly (the generic cell rate algorithm). A
call takes its turn by moving that on, in one statement, and waits until its turn has come. A
hold moves it on for everybody; who waits when it comes takes a new turn. Where the turn is far
away, or the gate is closed because of an outage, no turn is taken and the caller sent off.
"""

import asyncio
import time
from datetime import timedelta
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, or_, update
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.dml import ReturningUpdate

from ferryman.digital_river.errors import NotNow

from .clock import SECOND, latest, now
from .engine import reading, writing
from .gate import CLOSING, Gate, asked_to_wait, columns, look
from .tables import pace
from .turn import Turn, costing_no_answer

LONGEST_WAIT = timedelta(seconds=2)
"""The longest wait for a turn: an activity has little more time than its calls need."""
# Calls leave later than their turns by what a scheduler and a socket take; this much of a second
# is forgiven. Who is later, as after a freeze, would leave at once with all others who are.
_JITTER = 0.1
_TO_TELL = timedelta(seconds=2)


class DatabasePace:
    """At most `rate_per_second` calls in any second, over all who share the database.

    Up to `burst` calls may follow each other at once, for which the others come further apart.
    A probe is given up `_TO_TELL` after the `timeout` of a call, within which it has to answer.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        rate_per_second: int,
        burst: int | None = None,
        *,
        timeout: timedelta = timedelta(seconds=10),
    ) -> None:
        self._engine = engine
        self._burst = burst or max(1, rate_per_second // 5)
        self._apart = round((1 + _JITTER) * SECOND / (rate_per_second - self._burst + 1))
        self._lease = _microseconds(timeout + _TO_TELL)
        self._quiet_until = 0.0
        # To build it takes longer than to execute it.
        self._taking = self._take()

    async def take(self) -> Turn:
        """Wait for this call's turn, two seconds at most.

        Raises NotNow where it would take longer, and RecordsUnavailable.
        """
        patient_until = time.monotonic() + LONGEST_WAIT.total_seconds()
        while True:
            await self._keep_quiet(patient_until)
            turn, begins = await self._next_turn(patient_until)
            wait = begins - turn.gate.now
            await asyncio.sleep(wait / SECOND)
            kept = wait <= 0 or await self._kept(turn, begins)
            if kept and time.monotonic() >= self._quiet_until:
                return turn

    async def hold(self, duration: timedelta) -> None:
        """Let no call begin for so long from now, and none that waits keep its turn."""
        # This worker's own calls stop before the others can be told, who must not wait for it.
        ends = time.monotonic() + duration.total_seconds()
        self._quiet_until = max(self._quiet_until, ends)
        with costing_no_answer():
            async with writing(self._engine, at_once=True) as connection:
                moment = now(self._engine)
                until = moment + _microseconds(duration)
                # What went out in the last second still counts where the hold is short.
                soonest = moment + SECOND + (self._burst - 1) * self._apart
                await connection.execute(
                    update(pace)
                    .where(pace.c.blocked_until < until)
                    .values(
                        blocked_until=until,
                        due=latest(self._engine, until, soonest),
                        holds=pace.c.holds + 1,
                    )
                )

    async def _keep_quiet(self, patient_until: float) -> None:
        quiet = self._quiet_until - time.monotonic()
        if self._quiet_until > patient_until:
            raise NotNow(retry_after=timedelta(seconds=quiet), cause=asked_to_wait(quiet))
        await asyncio.sleep(quiet)

    async def _next_turn(self, patient_until: float) -> tuple[Turn, int]:
        patience = timedelta(seconds=max(patient_until - time.monotonic(), 0))
        async with writing(self._engine) as connection:
            patient = {"patience": _microseconds(patience)}
            taken = await connection.execute(self._taking, patient)
            if (row := taken.one_or_none()) is not None:
                begins = self._begins(row.due, row.blocked_until)
                return Turn(self._engine, Gate.of(row), self._lease), begins
            seen = (await connection.execute(look(self._engine))).one()
        due = max(seen.due, seen.now) + self._apart
        raise Gate.of(seen).refusal(self._begins(due, seen.blocked_until) - seen.now)

    def _take(self) -> ReturningUpdate[Any]:
        patience = bindparam("patience", type_=BigInteger)
        moment = now(self._engine)
        due = latest(self._engine, pace.c.due, moment) + self._apart
        closed = pace.c.failures >= CLOSING
        return (
            update(pace)
            .where(
                due - self._burst * self._apart <= moment + patience,
                pace.c.blocked_until <= moment + patience,
                or_(~closed, pace.c.next_probe <= moment),
            )
            .values(
                due=due,
                next_probe=case((closed, moment + self._lease), else_=pace.c.next_probe),
            )
            .returning(*columns(self._engine))
        )

    def _begins(self, due: int, blocked_until: int) -> int:
        return max(due - self._burst * self._apart, blocked_until)

    async def _kept(self, turn: Turn, begins: int) -> bool:
        async with reading(self._engine) as connection:
            gate = Gate.of((await connection.execute(look(self._engine))).one())
        overtaken = gate.holds != turn.gate.holds or (gate.closed and not turn.gate.closed)
        return not overtaken and gate.now <= begins + _JITTER * SECOND


def _microseconds(duration: timedelta) -> int:
    return round(duration / timedelta(microseconds=1))
