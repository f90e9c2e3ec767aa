"""Records in a file of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from ferryman.records import Records


def sqlite(folder: Path) -> str:
    """The address of a database in this folder."""
    return f"sqlite+aiosqlite:///{folder}/ferryman.db"


@asynccontextmanager
async def records_at(url: str) -> AsyncIterator[Records]:
    """The records at this address, up to date."""
    records = await Records.open(url)
    try:
        await records.migrate()
        yield records
    finally:
        await records.close()


@asynccontextmanager
async def records_in(folder: Path) -> AsyncIterator[Records]:
    """Records in this folder, up to date."""
    async with records_at(sqlite(folder)) as records:
        yield records
