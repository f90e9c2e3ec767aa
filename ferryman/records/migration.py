"""Brings the tables up to date, once, however many processes start together."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import BigInteger, Connection, cast, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from .engine import is_sqlite, reading, writing

_SCRIPTS = Path(__file__).parent / "migrations"
# Any number will do for PostgreSQL's lock, as long as nobody else in the database takes it.
LOCK = 0x46_65_72_72_79
# Alembic keeps the step that it is at in a global of the process.
_one_at_a_time = asyncio.Lock()


async def migrate(engine: AsyncEngine) -> None:
    """Run the steps that this database has not seen; none where it is current."""
    async with _one_at_a_time, writing(engine) as connection:
        if not is_sqlite(engine):
            await connection.execute(select(func.pg_advisory_xact_lock(cast(LOCK, BigInteger))))
        await connection.run_sync(_upgrade)


async def standing(engine: AsyncEngine) -> tuple[str | None, str | None]:
    """Tell the step that the database is at, None before the first, and the last there is."""
    async with reading(engine) as connection:
        at = await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_revision()
        )
    return at, ScriptDirectory.from_config(_config()).get_current_head()


def _upgrade(connection: Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config
