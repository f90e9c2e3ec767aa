"""Tells those who wait for purchases which of them have changed: one look a second for all."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

import structlog

from ferryman.records import Records, RecordsUnavailable

LOOK_SECONDS = 1.0

log = structlog.get_logger()


class Watch:
    """Looks while anybody waits, and not at all otherwise."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._waiting: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._looking: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """Count the purchases that somebody waits for."""
        return len(self._waiting)

    @asynccontextmanager
    async def over(self, purchase_id: str) -> AsyncIterator[asyncio.Event]:
        """Give an event that is set when the purchase may have changed; who sees it clears it."""
        changed = asyncio.Event()
        self._waiting[purchase_id].add(changed)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield changed
        finally:
            self._waiting[purchase_id].discard(changed)
            if not self._waiting[purchase_id]:
                del self._waiting[purchase_id]

    async def _look(self) -> None:
        known: Mapping[str, tuple[int, datetime]] = {}
        while self._waiting:
            try:
                known = await self._tell_of_changes(known)
            except RecordsUnavailable as error:
                log.warning("database_away", cause=type(error).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def _tell_of_changes(
        self, known: Mapping[str, tuple[int, datetime]]
    ) -> Mapping[str, tuple[int, datetime]]:
        found = await self._records.marks(list(self._waiting))
        for purchase_id, mark in found.items():
            if known.get(purchase_id) != mark:
                for changed in self._waiting.get(purchase_id, ()):
                    changed.set()
        return found
