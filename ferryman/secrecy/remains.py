"""Clears from SQLite's files what rows have left there that were written anew."""

import sqlite3

from sqlalchemy.ext.asyncio import AsyncEngine

from ferryman.records import RecordsUnavailable
from ferryman.records.engine import is_sqlite


async def clear_remains(engine: AsyncEngine) -> None:
    """Write SQLite's file anew and empty its log: freed pages keep what once stood in them.

    Nobody else writes meanwhile. PostgreSQL vacuums by itself. Raises RecordsUnavailable where
    others keep the database busy for too long.
    """
    if not is_sqlite(engine):
        return
    async with engine.connect() as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        if driver is None:
            raise RecordsUnavailable("the database is away")
        try:
            await driver.execute("VACUUM")
            rows = await driver.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.OperationalError as error:
            raise RecordsUnavailable(f"the database is busy: {error}") from error
    if any(busy for busy, *_ in rows):
        raise RecordsUnavailable(
            "somebody reads the database, so that its log could not be emptied"
        )
