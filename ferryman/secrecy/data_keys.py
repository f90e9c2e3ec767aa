"""The data keys: one for each purchase, wrapped in the database, gone once it is erased."""

import os
import time
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from ferryman.records import RecordsUnavailable
from ferryman.records.engine import is_sqlite, reading, writing
from ferryman.records.tables import data_keys

from .ring import KEY_BYTES, KeyRing, UnknownKey

LIFETIME = timedelta(seconds=30)
"""So long a process remembers a key; after it nobody reads what has been erased."""
_REMEMBERED = 4_096


class Erased(LookupError):
    """The key was destroyed on purpose: nobody reads it again."""


@dataclass(frozen=True)
class DataKey:
    """One key of one subject; a subject gets another generation where one was destroyed."""

    subject: str
    generation: int
    cipher: AESGCM


class DataKeys:
    """Reads keys from the database, each at most once in its lifetime."""

    def __init__(self, engine: AsyncEngine, ring: KeyRing, lifetime: timedelta = LIFETIME) -> None:
        self._engine = engine
        self._ring = ring
        self._lifetime = lifetime.total_seconds()
        self._known: OrderedDict[tuple[str, int | None], tuple[float, DataKey]] = OrderedDict()

    async def current(self, subject: str) -> DataKey:
        """Give the key to encrypt with; made where there is none. RecordsUnavailable as ever."""
        return await self._through_cache(subject, None)

    async def get(self, subject: str, generation: int) -> DataKey:
        """Give the key to decrypt with.

        Raises Erased, UnknownKey, Tampered or RecordsUnavailable.
        """
        return await self._through_cache(subject, generation)

    async def retire(self, subjects: Collection[str]) -> int:
        """Let nobody encrypt with these subjects' keys any more; the number of living ones."""
        ours = data_keys.c.subject.in_(subjects) & data_keys.c.wrapped.is_not(None)
        fresh = ours & data_keys.c.retired_time.is_(None)
        count = select(func.count()).select_from(data_keys).where(ours)
        async with writing(self._engine) as connection:
            await connection.execute(
                update(data_keys).where(fresh).values(retired_time=datetime.now(UTC))
            )
            return await connection.scalar(count) or 0

    async def destroy(self, subjects: Collection[str]) -> None:
        """Overwrite the retired keys of these subjects."""
        retired = data_keys.c.subject.in_(subjects) & data_keys.c.retired_time.is_not(None)
        living = retired & data_keys.c.wrapped.is_not(None)
        async with writing(self._engine) as connection:
            await connection.execute(
                update(data_keys)
                .where(living)
                .values(wrapped=None, destroyed_time=datetime.now(UTC))
            )

    async def rewrap(self) -> int:
        """Wrap all keys with the ring's first one, so that the others can go; their number."""
        old = data_keys.c.wrapped.is_not(None) & (data_keys.c.ring_key != self._ring.first)
        async with writing(self._engine) as connection:
            rows = (await connection.execute(select(data_keys).where(old))).all()
            for row in rows:
                plain = self._ring.unwrap(row.ring_key, row.wrapped, row.subject)
                name, wrapped = self._ring.wrap(plain, row.subject)
                await connection.execute(
                    update(data_keys)
                    .where(
                        data_keys.c.subject == row.subject,
                        data_keys.c.generation == row.generation,
                    )
                    .values(ring_key=name, wrapped=wrapped)
                )
        return len(rows)

    async def _through_cache(self, subject: str, generation: int | None) -> DataKey:
        known = self._known.get((subject, generation))
        if known is not None and known[0] > time.monotonic():
            return known[1]
        until = time.monotonic() + self._lifetime
        try:
            key = await self._read(subject, generation)
        except RecordsUnavailable:
            # An outage of the database must not hold up what needs nothing else of it.
            if known is None:
                raise
            return known[1]
        self._known[subject, generation] = self._known[subject, key.generation] = (until, key)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return key

    async def _read(self, subject: str, generation: int | None) -> DataKey:
        row = await self._row(subject, generation)
        if generation is None:
            while row is None or row.retired_time is not None:
                await self._make(subject, row.generation + 1 if row else 1)
                row = await self._row(subject, None)
        if row is None:
            raise UnknownKey(f"the database has no data key {generation} of {subject!r}")
        if row.wrapped is None:
            raise Erased(subject)
        plain = self._ring.unwrap(row.ring_key, row.wrapped, subject)
        return DataKey(subject, row.generation, AESGCM(plain))

    async def _row(self, subject: str, generation: int | None) -> Row[Any] | None:
        query = select(data_keys).where(data_keys.c.subject == subject)
        if generation is not None:
            query = query.where(data_keys.c.generation == generation)
        async with reading(self._engine) as connection:
            newest = query.order_by(data_keys.c.generation.desc()).limit(1)
            return (await connection.execute(newest)).first()

    async def _make(self, subject: str, generation: int) -> None:
        """Make a key unless another process has been quicker."""
        ring_key, wrapped = self._ring.wrap(os.urandom(KEY_BYTES), subject)
        insert: Any = sqlite.insert if is_sqlite(self._engine) else postgresql.insert
        row = {
            "subject": subject,
            "generation": generation,
            "ring_key": ring_key,
            "wrapped": wrapped,
            "created_time": datetime.now(UTC),
        }
        async with writing(self._engine) as connection:
            await connection.execute(insert(data_keys).values(row).on_conflict_do_nothing())
