"""The data keys: one for each purchase, wrapped in the database, gone once it is erased."""

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
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
"""So long a process may use a key that it has read, even while the database is away.

A key that is to be destroyed is not remembered at all: whoever retires it, and waits so long
before destroying it, knows that nobody has it any more.
"""
_REMEMBERED = 4_096


class Erased(LookupError):
    """The key was destroyed on purpose: nobody reads it again."""


@dataclass(frozen=True)
class DataKey:
    """One key of one subject; a subject gets another generation where one was destroyed."""

    subject: str
    generation: int
    cipher: AESGCM
    retired: bool = False


class DataKeys:
    """Reads keys from the database, each at most twice in its lifetime."""

    def __init__(
        self,
        engine: AsyncEngine,
        ring: KeyRing,
        lifetime: timedelta = LIFETIME,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine = engine
        self._ring = ring
        self._lifetime = lifetime.total_seconds()
        self._now = now
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
        self._forget_the_old()
        known = self._known.get((subject, generation))
        # Read anew halfway, so that a database that is away for a moment holds nothing up.
        if known is not None and self._now() < known[0] - self._lifetime / 2:
            return known[1]
        until = self._now() + self._lifetime
        try:
            key = await self._read(subject, generation)
        except RecordsUnavailable:
            # The read may have taken long; nobody uses a key that may be destroyed by now.
            if known is None or known[0] <= self._now():
                raise
            return known[1]
        except Erased:
            for name in (subject, generation), (subject, None):
                self._known.pop(name, None)
            raise
        if not key.retired:
            self._remember({(subject, generation), (subject, key.generation)}, (until, key))
        return key

    def _remember(
        self, names: Collection[tuple[str, int | None]], known: tuple[float, DataKey]
    ) -> None:
        for name in names:
            self._known[name] = known
            self._known.move_to_end(name)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _forget_the_old(self) -> None:
        while self._known and next(iter(self._known.values()))[0] <= self._now():
            self._known.popitem(last=False)

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
        return DataKey(subject, row.generation, AESGCM(plain), row.retired_time is not None)

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
