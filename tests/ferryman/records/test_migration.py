"""The tables come up to date once, and say so when they cannot be reached."""

import asyncio
import subprocess
import sys
from datetime import UTC

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import delete, inspect, select, text

from ferryman.records import Records, RecordsUnavailable
from ferryman.records.engine import writing
from ferryman.records.migration import _SCRIPTS, LOCK
from ferryman.records.tables import UtcTime, claims, metadata, pace, purchases
from tests.ferryman.records.samples import a_purchase

MIGRATE = """
import asyncio, sys
from ferryman.records import Records
async def main():
    records = await Records.open(sys.argv[1])
    await records.migrate()
    await records.close()
asyncio.run(main())
"""


def differences(connection):
    """Compare the database with the tables as the code knows them."""
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return compare_metadata(context, metadata)


async def test_up_to_date(records):
    """The steps lead exactly to the tables that the code knows."""
    async with records.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def at_step(records, move, step):
    """Go to a step, up or down."""

    def run(connection):
        config = Config()
        config.set_main_option("script_location", str(_SCRIPTS))
        config.attributes["connection"] = connection
        move(config, step)

    async with writing(records.engine) as connection:
        await connection.run_sync(run)


async def test_from_the_first_step(open_records):
    """Tables of the first step keep what they hold; the pace begins without failures."""
    records = await open_records()
    await at_step(records, command.upgrade, "0001")
    async with writing(records.engine) as connection:
        await connection.execute(text("UPDATE pace SET due = 7, blocked_until = 8, holds = 9"))

    await records.migrate()

    async with records.engine.connect() as connection:
        row = (await connection.execute(select(pace))).one()
    assert (1, 7, 8, 9, 0, 0, 0) == tuple(row)


async def test_back_to_the_first_step(records):
    """The second step can be undone and done again."""
    await at_step(records, command.downgrade, "0001")
    await records.migrate()

    async with records.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_again(records):
    """Bringing up to date what is so already changes nothing."""
    await records.save(a_purchase(), [])

    await records.migrate()

    assert await records.get("p1") is not None


async def test_processes_together(database_url, open_records):
    """Processes that start together on an empty database all get it up to date."""
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", MIGRATE, database_url, stderr=subprocess.PIPE
        )
        for _ in range(4)
    ]
    outcomes = [(await process.communicate(), process.returncode) for process in processes]

    assert outcomes == [((None, b""), 0)] * 4
    await (await open_records()).save(a_purchase(), [])


async def test_tasks_together(open_records):
    """The same holds inside one process."""
    several = [await open_records() for _ in range(4)]

    await asyncio.gather(*(records.migrate() for records in several))

    await several[0].save(a_purchase(), [])


async def test_databases_together(tmp_path):
    """Several databases can be brought up to date at once."""
    several = [await Records.open(f"sqlite+aiosqlite:///{tmp_path}/{n}.db") for n in range(4)]

    await asyncio.gather(*(records.migrate() for records in several))

    for records in several:
        await records.save(a_purchase(), [])
        await records.close()


async def test_waits_for_others(postgresql_database_url):
    """While another process brings PostgreSQL up to date, this one waits."""
    records = await Records.open(postgresql_database_url)
    other = await Records.open(postgresql_database_url)
    async with other.engine.begin() as connection:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({LOCK})"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await records.migrate()

    await records.migrate()
    await records.close()
    await other.close()


async def test_broken_off(open_records, monkeypatch):
    """Steps that break off leave nothing behind, and the next start carries them out."""
    records = await open_records()
    with monkeypatch.context() as broken:
        broken.setattr("alembic.op.bulk_insert", None)
        with pytest.raises(TypeError):
            await records.migrate()

    async with records.engine.connect() as connection:
        tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    assert tables == []
    await records.migrate()


async def test_ping(records):
    """A database within reach answers."""
    await records.ping()


async def test_ping_without_server():
    """A server that is not there is told by our own error, which is a ConnectionError."""
    records = await Records.open("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")

    with pytest.raises(RecordsUnavailable):
        await records.ping()
    await records.close()


async def test_ping_without_database(postgresql_url):
    """A database that the server does not have, or not for us, is as good as away."""
    records = await Records.open(postgresql_url.replace("/postgres", "/nothing"))

    with pytest.raises(RecordsUnavailable):
        await records.ping()
    await records.close()


async def test_lost_connections(postgresql_database_url):
    """After the server has dropped all connections, new ones are made."""
    records = await Records.open(postgresql_database_url)
    await records.ping()
    other = await Records.open(postgresql_database_url)
    async with other.engine.connect() as connection:
        await connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )

    await records.ping()
    await records.close()
    await other.close()


async def test_sqlite_settings(tmp_path):
    """SQLite lets readers and a writer work side by side, and minds its references."""
    records = await Records.open(f"sqlite+aiosqlite:///{tmp_path}/a/b/c.db")
    async with records.engine.connect() as connection:
        pragmas = [
            await connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "foreign_keys", "busy_timeout")
        ]
    await records.close()

    assert pragmas == ["wal", 1, 10_000]


async def test_writers_queue_on_sqlite(tmp_path):
    """Who reads in order to write keeps other processes' writers waiting meanwhile."""
    first, second = [await Records.open(f"sqlite+aiosqlite:///{tmp_path}/x.db") for _ in "12"]
    await first.migrate()
    async with writing(first.engine) as connection:
        await connection.execute(select(claims))
        other = asyncio.create_task(second.claim("other", "print", "p2"))
        await asyncio.wait([other], timeout=0.3)
        await connection.execute(delete(claims))

    assert (await other).purchase_id == "p2"
    await first.close()
    await second.close()


async def test_sqlite_in_a_file(tmp_path):
    """A SQLite database where no file can be is as good as away."""
    (tmp_path / "folder.db").mkdir()
    records = await Records.open(f"sqlite+aiosqlite:///{tmp_path}/folder.db")

    with pytest.raises(RecordsUnavailable):
        await records.ping()
    await records.close()


async def test_aware_times(records):
    """Both databases give times back aware and in UTC."""
    await records.save(a_purchase(), [])

    async with records.engine.connect() as connection:
        created_time = await connection.scalar(select(purchases.c.created_time))

    assert (UTC, a_purchase().created_time) == (created_time.tzinfo, created_time)


def test_naive_times():
    """A time without its zone is refused rather than guessed."""
    with pytest.raises(ValueError, match="zone"):
        UtcTime().process_bind_param(a_purchase().created_time.replace(tzinfo=None), None)
