"""Keeps a version of a purchase in the tables; the statements are built once.

To build one takes longer than to execute it, and every step of every purchase needs them.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, bindparam, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ferryman.purchase.purchase import Purchase
from ferryman.purchase.timeline import TimelineEntry

from .engine import is_sqlite
from .posting import Posting
from .rows import Row, entry_row, heard_rows, purchase_row, reference_rows
from .tables import heard, provider_refs, purchases, timeline


class Keeping:
    """Every method belongs into a transaction of its own, which it does not end."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._insert: Any = sqlite.insert if is_sqlite(engine) else postgresql.insert
        ours = purchases.c.id == bindparam("whose")
        older = purchases.c.version < bindparam("below")
        before = purchases.c.version == bindparam("before")
        self._over_older = update(purchases).where(ours, older).returning(purchases.c.id)
        self._over_last = update(purchases).where(ours, before).returning(purchases.c.id)
        self._unless_newer = self._upsert(
            purchases, lambda new: purchases.c.version <= new.version
        ).returning(purchases.c.id)
        theirs = timeline.c.purchase_id == bindparam("whose")
        run_before = timeline.c.version == bindparam("at")
        overtaken = (timeline.c.version < bindparam("at")) & (
            timeline.c.sequence >= bindparam("first")
        )
        self._clear_version = delete(timeline).where(theirs & run_before)
        self._clear = delete(timeline).where(theirs & (run_before | overtaken))
        self._write = self._upsert(timeline)
        self._add_references = self._insert(provider_refs).on_conflict_do_nothing()
        self._add_heard = self._insert(heard).on_conflict_do_nothing()

    async def unless_newer(
        self, connection: AsyncConnection, purchase: Purchase, entries: Sequence[TimelineEntry]
    ) -> None:
        """Keep it where nothing newer is there; keep its entries and ids in any case."""
        posting = await self._posting(connection, purchase)
        row = purchase_row(purchase)
        newest = await connection.scalar(self._unless_newer, row) is not None
        await self._rest(connection, purchase, entries)
        if newest:
            await posting.post(purchase)

    async def over_older(
        self, connection: AsyncConnection, purchase: Purchase, entries: Sequence[TimelineEntry]
    ) -> None:
        """Keep it where there is an older one and nothing as new; all of it or nothing."""
        below = {"below": purchase.version}
        await self._changed(connection, self._over_older, below, purchase, entries)

    async def over_last(
        self, connection: AsyncConnection, purchase: Purchase, entries: Sequence[TimelineEntry]
    ) -> bool:
        """Keep it where the one before it is the newest; all of it or nothing; say which."""
        before = {"before": purchase.version - 1}
        return await self._changed(connection, self._over_last, before, purchase, entries)

    async def _changed(
        self,
        connection: AsyncConnection,
        change: Any,
        when: Row,
        purchase: Purchase,
        entries: Sequence[TimelineEntry],
    ) -> bool:
        posting = await self._posting(connection, purchase)
        told = {**purchase_row(purchase), "whose": purchase.id, **when}
        changed = await connection.scalar(change, told) is not None
        if changed:
            await self._rest(connection, purchase, entries)
            await posting.post(purchase)
        return changed

    async def _posting(self, connection: AsyncConnection, purchase: Purchase) -> Posting:
        posting = Posting(self._engine, connection)
        await posting.look(purchase)
        return posting

    async def _rest(
        self, connection: AsyncConnection, purchase: Purchase, entries: Sequence[TimelineEntry]
    ) -> None:
        whose = {"whose": purchase.id, "at": purchase.version}
        if entries:
            await connection.execute(self._clear, {**whose, "first": entries[0].sequence})
            rows = [entry_row(purchase, entry) for entry in entries]
            await connection.execute(self._write, rows)
        else:
            await connection.execute(self._clear_version, whose)
        if references := reference_rows(purchase):
            await connection.execute(self._add_references, references)
        if told := heard_rows(purchase, entries):
            await connection.execute(self._add_heard, told)

    def _upsert(self, table: Table, where: Any = None) -> Any:
        insert = self._insert(table)
        written = {
            column.name: insert.excluded[column.name]
            for column in table.c
            if not column.primary_key
        }
        return insert.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_=written,
            where=None if where is None else where(insert.excluded),
        )
