"""Whether this process lives, and whether it can do its work now."""

import asyncio
import time

from ferryman.records import Records, RecordsUnavailable

from .engine import Engine

_LIMIT = 0.5
_KEPT = 1.0


class Health:
    """Asks Temporal and the database, at most once a second however often one asks here."""

    def __init__(self, engine: Engine, records: Records) -> None:
        self._engine = engine
        self._records = records
        self._lock = asyncio.Lock()
        self._away: tuple[str, ...] = ()
        self._until = 0.0
        self.draining = False

    async def away(self) -> tuple[str, ...]:
        """Name what is away; empty where all is well."""
        if self.draining:
            return ("this process, which is stopping",)
        async with self._lock:
            if time.monotonic() >= self._until:
                temporal, database = await asyncio.gather(self._temporal(), self._database())
                self._away = tuple(each for each in (temporal, database) if each)
                self._until = time.monotonic() + _KEPT
        return self._away

    async def _temporal(self) -> str | None:
        return None if await self._engine.reachable(_LIMIT) else "Temporal"

    async def _database(self) -> str | None:
        try:
            async with asyncio.timeout(_LIMIT):
                await self._records.ping()
        except (RecordsUnavailable, TimeoutError):
            return "the database"
        return None
