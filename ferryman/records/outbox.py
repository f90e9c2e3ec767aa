"""The outbox: who sends which notice next, and what became of each attempt."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, case, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ferryman.notices.notice import Notice, notice_id
from ferryman.notices.notification import Attempt, Notification, Progress

from .clock import SECOND, now
from .engine import reading, writing
from .tables import deliveries, notices

LEASE = 30 * SECOND
"""So long one courier has a notice for itself: three times what an attempt may take."""
TO_SEND = (Progress.WAITING.value, Progress.RESENDING.value)


@dataclass(frozen=True)
class Parcel:
    """A notice in a courier's hands."""

    purchase_id: str
    sequence: int
    id: str
    body: str
    attempt: int
    """Of all attempts there were: it fences off a courier whose lease has ended."""
    tries: int
    """Since it was last asked for, this one included."""


@dataclass(frozen=True)
class Outcome:
    """How an attempt ended; `again` is None where there is to be no other."""

    taken: bool
    status: int | None
    cause: str | None
    duration: timedelta
    again: timedelta | None = None

    @property
    def progress(self) -> Progress | None:
        """Where that leads; None: it stays where it was."""
        if self.taken:
            return Progress.DELIVERED
        return Progress.GIVEN_UP if self.again is None else None


class Outbox:
    """Notices by purchase; every method raises RecordsUnavailable where the database is away."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def take(self, most: int) -> list[Parcel]:
        """Lease what is due, the longest due first, to this caller alone.

        Of one purchase only the first that is still to be sent.
        """
        async with reading(self._engine) as connection:
            if (await connection.execute(self._due(1))).first() is None:
                return []
        async with writing(self._engine) as connection:
            locked = self._due(most).with_for_update(skip_locked=True, of=notices)
            rows = (await connection.execute(locked)).all()
            if rows:
                await self._lease(connection, rows)
        return [_parcel(row) for row in rows]

    async def close(self, parcel: Parcel, outcome: Outcome) -> None:
        """Write down how an attempt ended, and what follows."""
        ours = (notices.c.purchase_id == parcel.purchase_id) & (
            notices.c.sequence == parcel.sequence
        )
        held = ours & (notices.c.attempts == parcel.attempt) & notices.c.state.in_(TO_SEND)
        again = round((outcome.again or timedelta()).total_seconds() * SECOND)
        values: dict[str, Any] = {"leased_until": 0, "due": now(self._engine) + again}
        if outcome.progress is not None:
            values["state"] = outcome.progress.value
        logged = (
            (deliveries.c.purchase_id == parcel.purchase_id)
            & (deliveries.c.sequence == parcel.sequence)
            & (deliveries.c.attempt == parcel.attempt)
        )
        async with writing(self._engine) as connection:
            await connection.execute(update(notices).where(held).values(values))
            await connection.execute(
                update(deliveries)
                .where(logged)
                .values(
                    status=outcome.status,
                    cause=outcome.cause,
                    duration_ms=round(outcome.duration.total_seconds() * 1000),
                )
            )

    async def of(self, purchase_id: str) -> list[Notification]:
        """Read all notices of a purchase, in their order, each with its attempts."""
        theirs = notices.c.purchase_id == purchase_id
        query = select(notices).where(theirs).order_by(notices.c.sequence)
        log = select(deliveries).where(deliveries.c.purchase_id == purchase_id)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query)).all()
            tried = (await connection.execute(log.order_by(deliveries.c.attempt))).all()
        attempts: dict[int, list[Attempt]] = defaultdict(list)
        for each in tried:
            attempts[each.sequence].append(_attempt(each))
        return [_notification(row, attempts[row.sequence]) for row in rows]

    async def resend(self, purchase_id: str, sequence: int) -> Notification | None:
        """Have a notice sent now, whatever became of it; None where there is no such notice."""
        ours = (notices.c.purchase_id == purchase_id) & (notices.c.sequence == sequence)
        waiting = notices.c.state == Progress.WAITING.value
        async with writing(self._engine) as connection:
            await connection.execute(
                update(notices)
                .where(ours)
                .values(
                    state=case((waiting, notices.c.state), else_=Progress.RESENDING.value),
                    due=now(self._engine),
                    tries=0,
                )
            )
        return next(
            (each for each in await self.of(purchase_id) if each.notice.sequence == sequence), None
        )

    def _due(self, most: int) -> Any:
        moment = now(self._engine)
        ready = (
            notices.c.state.in_(TO_SEND)
            & (notices.c.due <= moment)
            & (notices.c.leased_until <= moment)
        )
        query = select(notices).where(ready, ~_comes_after_another())
        return query.order_by(notices.c.due).limit(most)

    async def _lease(self, connection: AsyncConnection, rows: Sequence[Row[Any]]) -> None:
        leased = (
            update(notices)
            .where(
                notices.c.purchase_id == bindparam("whose"),
                notices.c.sequence == bindparam("which"),
            )
            .values(
                leased_until=now(self._engine) + LEASE,
                attempts=notices.c.attempts + 1,
                tries=notices.c.tries + 1,
            )
        )
        named = [{"whose": row.purchase_id, "which": row.sequence} for row in rows]
        await connection.execute(leased, named)
        begun = [
            {
                "purchase_id": row.purchase_id,
                "sequence": row.sequence,
                "attempt": row.attempts + 1,
                "time": datetime.now(UTC),
            }
            for row in rows
        ]
        await connection.execute(insert(deliveries), begun)


def _comes_after_another() -> ColumnElement[bool]:
    """True for what must wait; a resent one holds up nothing but what is resent after it."""
    earlier = notices.alias("earlier")
    return exists().where(
        earlier.c.purchase_id == notices.c.purchase_id,
        earlier.c.sequence < notices.c.sequence,
        earlier.c.state == notices.c.state,
    )


def _parcel(row: Row[Any]) -> Parcel:
    return Parcel(
        purchase_id=row.purchase_id,
        sequence=row.sequence,
        id=notice_id(row.purchase_id, row.key),
        body=row.body,
        attempt=row.attempts + 1,
        tries=row.tries + 1,
    )


def _attempt(row: Row[Any]) -> Attempt:
    return Attempt(time=row.time, status=row.status, cause=row.cause, duration_ms=row.duration_ms)


def _notification(row: Row[Any], attempts: Sequence[Attempt]) -> Notification:
    due = datetime.fromtimestamp(row.due / SECOND, UTC)
    return Notification(
        state=row.state,
        next_attempt=due if row.state in TO_SEND else None,
        attempts=tuple(attempts),
        notice=Notice.model_validate_json(row.body),
    )
