"""The records: what the API reads without a worker, and what outlives Temporal's retention."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

import structlog
from sqlalchemy import Select, delete, exists, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ferryman.purchase.purchase import Purchase
from ferryman.purchase.timeline import TimelineEntry

from .engine import RecordsUnavailable, create_engine, is_sqlite, reading, writing
from .keeping import Keeping
from .migration import migrate
from .tables import claims, heard, provider_refs, purchases, timeline

_LAST_SHOWN_SECONDS = 2.0

log = structlog.get_logger(__name__)

Entries = list[TimelineEntry]
RefKind = Literal["order", "checkout"]
_Value = TypeVar("_Value")


class PurchaseExists(Exception):
    """Another key has started a purchase under this id."""


class UnknownCursor(LookupError):
    """There is no purchase to continue the list after."""


@dataclass(frozen=True)
class Claim:
    """Who came first with a key, and what was answered."""

    key: str
    fingerprint: str
    purchase_id: str
    answer: bytes | None
    first: bool = field(default=False, compare=False)
    """True for the one who made the claim, False for all who read it after."""


@dataclass(frozen=True)
class Page:
    """Part of a list, newest first."""

    has_more: bool
    data: tuple[Purchase, ...]


class Records:
    """Claims, purchases and timelines in one database.

    Every method raises RecordsUnavailable, a ConnectionError, where the database is away.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self._showing: set[asyncio.Task[None]] = set()
        self._keeping = Keeping(engine)
        self._insert: Any = sqlite.insert if is_sqlite(engine) else postgresql.insert

    @classmethod
    async def open(cls, url: str) -> "Records":
        """Prepare the connections; the tables are `migrate`'s."""
        return cls(create_engine(url))

    async def close(self) -> None:
        """Write what is being shown, for two seconds at most, and let the connections go."""
        if self._showing:
            await asyncio.wait(self._showing, timeout=_LAST_SHOWN_SECONDS)
        await self.engine.dispose()

    async def migrate(self) -> None:
        """Bring the tables up to date; several processes may do so at once."""
        await migrate(self.engine)

    async def ping(self) -> None:
        """Reach the database or raise RecordsUnavailable."""
        async with reading(self.engine) as connection:
            await connection.execute(select(1))

    async def claim(self, key: str, fingerprint: str, purchase_id: str) -> Claim:
        """Take a key for a purchase, or read who took it before.

        The first fingerprint and purchase id stay. Raises PurchaseExists where the purchase id
        belongs to another key.
        """
        row = {
            "key": key,
            "fingerprint": fingerprint,
            "purchase_id": purchase_id,
            "created_time": datetime.now(UTC),
        }
        async with writing(self.engine) as connection:
            insert = self._insert(claims).values(row).on_conflict_do_nothing()
            first = await connection.scalar(insert.returning(claims.c.key)) is not None
            found = (await connection.execute(select(claims).where(claims.c.key == key))).first()
            taken = exists().where(claims.c.purchase_id == purchase_id)
            if found is None and await connection.scalar(select(taken)):
                raise PurchaseExists(purchase_id)
        if found is None:  # released between the two statements
            return await self.claim(key, fingerprint, purchase_id)
        return Claim(found.key, found.fingerprint, found.purchase_id, found.answer, first)

    async def answer(self, key: str, body: bytes) -> bytes:
        """Keep the first answer to a key; give the one kept. LookupError for an unknown key."""
        unanswered = (claims.c.key == key) & claims.c.answer.is_(None)
        async with writing(self.engine) as connection:
            await connection.execute(update(claims).where(unanswered).values(answer=body))
            kept = await connection.scalar(select(claims.c.answer).where(claims.c.key == key))
        if kept is None:
            raise LookupError(f"nobody has claimed the key {key!r}")
        return bytes(kept)

    async def release(self, key: str) -> None:
        """Give a key back whose purchase never began: unanswered, and without a record."""
        begun = exists().where(purchases.c.id == claims.c.purchase_id)
        unused = (claims.c.key == key) & claims.c.answer.is_(None) & ~begun
        async with writing(self.engine) as connection:
            await connection.execute(delete(claims).where(unused))

    async def save(self, purchase: Purchase, entries: Sequence[TimelineEntry]) -> None:
        """Keep a version, and its entries alone, unless a newer version is there.

        The flow may run a version again before it is history, and then the later writing of the
        two is what happened. All of the purchase's orders and checkouts stay findable, whichever
        version named them.
        """
        async with writing(self.engine) as connection:
            await self._keeping.unless_newer(connection, purchase, entries)

    def show(self, purchase: Purchase, entries: Sequence[TimelineEntry]) -> None:
        """Write a version in passing: soon, and unless anything newer is there by then.

        Nobody hears where that fails; whoever shows keeps it later by `save`.
        """
        task = asyncio.create_task(self._show(purchase, entries))
        self._showing.add(task)
        task.add_done_callback(self._showing.discard)

    async def save_next(self, purchase: Purchase, entries: Sequence[TimelineEntry]) -> bool:
        """Keep a version only where the one before it is still the newest; say whether it was.

        For a purchase whose flow has ended, whose record several may want to change at once.
        """
        async with writing(self.engine) as connection:
            return await self._keeping.over_last(connection, purchase, entries)

    async def _show(self, purchase: Purchase, entries: Sequence[TimelineEntry]) -> None:
        try:
            async with writing(self.engine) as connection:
                await self._keeping.over_older(connection, purchase, entries)
        except RecordsUnavailable as error:
            log.info("not_shown", purchase_id=purchase.id, cause=str(error))
        # Nobody waits for it: whatever was not foreseen would be heard of by nobody.
        except Exception:
            log.exception("not_shown", purchase_id=purchase.id)

    async def get(self, purchase_id: str) -> Purchase | None:
        """Read a purchase."""
        document = await self._scalar(
            select(purchases.c.document).where(purchases.c.id == purchase_id)
        )
        return None if document is None else Purchase.model_validate_json(document)

    async def several(self, purchase_ids: Collection[str]) -> dict[str, Purchase]:
        """Read those of these purchases that there are, by id."""
        query = select(purchases.c.document).where(purchases.c.id.in_(purchase_ids))
        async with reading(self.engine) as connection:
            found = (await connection.scalars(query)).all()
        read = map(Purchase.model_validate_json, found)
        return {purchase.id: purchase for purchase in read}

    async def marks(self, purchase_ids: Collection[str]) -> dict[str, tuple[int, datetime]]:
        """Read by what changes of these purchases are told: version and time, by id."""
        columns = (purchases.c.id, purchases.c.version, purchases.c.updated_time)
        query = select(*columns).where(purchases.c.id.in_(purchase_ids))
        async with reading(self.engine) as connection:
            return {
                row.id: (row.version, row.updated_time) for row in await connection.execute(query)
            }

    async def list(
        self,
        *,
        state: str | None = None,
        needs_attention: bool | None = None,
        limit: int = 10,
        starting_after: str | None = None,
    ) -> Page:
        """Read purchases, newest first; UnknownCursor where `starting_after` is none."""
        newest = (purchases.c.created_time, purchases.c.id)
        query = select(purchases.c.document).order_by(*(column.desc() for column in newest))
        if state is not None:
            query = query.where(purchases.c.state == state)
        if needs_attention is not None:
            query = query.where(purchases.c.needs_attention.is_(needs_attention))
        async with reading(self.engine) as connection:
            if starting_after is not None:
                last = await _position(connection, starting_after)
                query = query.where(tuple_(*newest) < tuple_(*last))
            found = (await connection.scalars(query.limit(limit + 1))).all()
        shown = tuple(Purchase.model_validate_json(document) for document in found[:limit])
        return Page(has_more=len(found) > limit, data=shown)

    async def timeline(self, purchase_id: str, after: int = 0, limit: int | None = None) -> Entries:
        """Read a purchase's entries, oldest first, from the one after `after`."""
        chosen = (timeline.c.purchase_id == purchase_id) & (timeline.c.sequence > after)
        query = select(timeline).where(chosen).order_by(timeline.c.sequence).limit(limit)
        async with reading(self.engine) as connection:
            rows = (await connection.execute(query)).mappings().all()
        return [TimelineEntry.model_validate(dict(row)) for row in rows]

    async def last_sequence(self, purchase_id: str) -> int:
        """Read the sequence number of a purchase's newest entry; 0 where there is none."""
        theirs = timeline.c.purchase_id == purchase_id
        return await self._scalar(select(func.max(timeline.c.sequence)).where(theirs)) or 0

    async def owner_of_order(self, order_id: str) -> str | None:
        """Find the purchase that has or had this order at Digital River."""
        return await self._owner("order", order_id)

    async def owner_of_checkout(self, checkout_id: str) -> str | None:
        """Find the purchase that has or had this checkout at Digital River."""
        return await self._owner("checkout", checkout_id)

    async def hand_over(self, order_id: str, purchase_id: str) -> bool:
        """Let another purchase own an order; False while that one has no record."""
        row = {"kind": "order", "ref": order_id, "purchase_id": purchase_id}
        named = self._insert(provider_refs).values(row)
        async with writing(self.engine) as connection:
            begun = select(exists().where(purchases.c.id == purchase_id))
            if not await connection.scalar(begun):
                return False
            own = {"index_elements": list(provider_refs.primary_key), "set_": row}
            await connection.execute(named.on_conflict_do_update(**own))
        return True

    async def owners(self, kind: RefKind, refs: Collection[str]) -> Mapping[str, str]:
        """Find the purchases of many orders or checkouts at once, by the id at Digital River."""
        named = (provider_refs.c.kind == kind) & provider_refs.c.ref.in_(refs)
        query = select(provider_refs.c.ref, provider_refs.c.purchase_id).where(named)
        async with reading(self.engine) as connection:
            return {row.ref: row.purchase_id for row in await connection.execute(query)}

    async def unheard(self, event_ids: Collection[str]) -> set[str]:
        """Tell which of these events are in no purchase's timeline."""
        query = select(heard.c.event_id).where(heard.c.event_id.in_(event_ids))
        async with reading(self.engine) as connection:
            return set(event_ids) - set((await connection.scalars(query)).all())

    async def _owner(self, kind: RefKind, ref: str) -> str | None:
        named = (provider_refs.c.kind == kind) & (provider_refs.c.ref == ref)
        return await self._scalar(select(provider_refs.c.purchase_id).where(named))

    async def _scalar(self, query: Select[tuple[_Value]]) -> _Value | None:
        async with reading(self.engine) as connection:
            found: _Value | None = await connection.scalar(query)
        return found


async def _position(connection: AsyncConnection, purchase_id: str) -> tuple[datetime, str]:
    query = select(purchases.c.created_time).where(purchases.c.id == purchase_id)
    created_time = await connection.scalar(query)
    if created_time is None:
        raise UnknownCursor(purchase_id)
    return created_time, purchase_id
