"""What the records say of all purchases at once; each question costs little on a full database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, cast, exists, func, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ferryman.purchase.states import FINAL, State
from ferryman.records.clock import SECOND, now
from ferryman.records.engine import is_sqlite, reading
from ferryman.records.gate import CLOSING
from ferryman.records.outbox import TO_SEND
from ferryman.records.tables import deliveries, notices, pace, purchases

OPEN = tuple(
    state.value for state in State if state not in FINAL | {State.COMPLETE, State.RETURNED}
)
"""The states that are to be left; those of the end grow without bound and are not counted."""


@dataclass(frozen=True)
class Figures:
    """One look at the records."""

    purchases: Mapping[str, int] = field(default_factory=dict)
    """How many are in each open state."""
    unchanged: Mapping[str, float] = field(default_factory=dict)
    """Seconds since the last change of the one in a state that has changed least lately."""
    attention: Mapping[str, int] = field(default_factory=dict)
    """How many call for a person, by reason."""
    notices: int = 0
    """How many notices the shop has not taken yet."""
    oldest_notice: float = 0.0
    """Seconds for which the oldest of them has been due."""
    held: float = 0.0
    """Seconds for which Digital River still wants no call."""
    away: float = 0.0
    """Seconds for which Digital River has been away."""


async def look(engine: AsyncEngine, *, tells: bool) -> Figures:
    """Look once; RecordsUnavailable where the database is away.

    `tells` says that there is a shop that wants notices; without one they are only kept. A notice
    that some worker has tried is wanted, whatever this process was told.
    """
    async with reading(engine) as connection:
        counted, unchanged = await _open(connection)
        attention = await _attention(engine, connection)
        waiting, oldest = await _notices(engine, connection, tells=tells)
        held, away = await _gate(engine, connection)
    return Figures(counted, unchanged, attention, waiting, oldest, held, away)


async def _open(connection: AsyncConnection) -> tuple[dict[str, int], dict[str, float]]:
    query = (
        select(purchases.c.state, func.count(), func.min(purchases.c.updated_time))
        .where(purchases.c.state.in_(OPEN))
        .group_by(purchases.c.state)
    )
    moment = datetime.now(UTC)
    counted = dict.fromkeys(OPEN, 0)
    unchanged = dict.fromkeys(OPEN, 0.0)
    for state, count, oldest in await connection.execute(query):
        counted[state] = count
        unchanged[state] = max((moment - oldest).total_seconds(), 0.0)
    return counted, unchanged


async def _attention(engine: AsyncEngine, connection: AsyncConnection) -> dict[str, int]:
    reason = _document(engine)["needsAttention"]["reason"].as_string()
    query = (
        select(reason, func.count()).where(purchases.c.needs_attention.is_(True)).group_by(reason)
    )
    rows = await connection.execute(query)
    return {said: count for said, count in rows if said is not None}


def _document(engine: AsyncEngine) -> ColumnElement[Any]:
    document = purchases.c.document
    return type_coerce(document, JSON) if is_sqlite(engine) else cast(document, JSON)


async def _notices(
    engine: AsyncEngine, connection: AsyncConnection, *, tells: bool
) -> tuple[int, float]:
    of_notice = (deliveries.c.purchase_id == notices.c.purchase_id) & (
        deliveries.c.sequence == notices.c.sequence
    )
    waiting: ColumnElement[bool] = notices.c.state.in_(TO_SEND)
    if not tells:
        waiting &= exists().where(of_notice).correlate(notices)
    count = await connection.scalar(select(func.count()).select_from(notices).where(waiting))
    overdue = await connection.scalar(select(now(engine) - func.min(notices.c.due)).where(waiting))
    # Each failed attempt puts `due` off; when it was first tried stays.
    tried = await connection.scalar(
        select(func.min(deliveries.c.time)).join(notices, of_notice).where(waiting)
    )
    ages = [0.0, (overdue or 0) / SECOND]
    if tried is not None:
        ages.append((datetime.now(UTC) - tried).total_seconds())
    return count or 0, max(ages)


async def _gate(engine: AsyncEngine, connection: AsyncConnection) -> tuple[float, float]:
    shut = or_(pace.c.failures >= CLOSING, pace.c.blocked_until > now(engine))
    query = select(now(engine).label("now"), pace).where(shut)
    row = (await connection.execute(query)).first()
    if row is None:
        return 0.0, 0.0
    away = row.now - row.away_since if row.failures >= CLOSING else 0
    return max(row.blocked_until - row.now, 0) / SECOND, max(away, 0) / SECOND
