import asyncio
import sqlite3
from contextlib import closing

import aiosqlite
import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from ferryman.records.engine import create_engine, reading, writing
from ferryman.records.tables import metadata, pace

_ENDS = 3
"""A transaction begins, is committed, and its connection is cleared for the next one."""
_ROW = {"due": 0, "blocked_until": 0, "holds": 0}


@pytest.fixture
async def engine(tmp_path):
    """Open an empty database."""
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path}/records.db")
    async with writing(engine) as connection:
        await connection.run_sync(metadata.create_all)
    yield engine
    await engine.dispose()


@pytest.fixture
def crossings(monkeypatch):
    """Count how often anything crosses to a connection's thread."""
    made = []
    cross = aiosqlite.Connection._execute  # noqa: SLF001 - all that crosses goes through it

    async def counted(self, *what, **how):
        made.append(what)
        return await cross(self, *what, **how)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)
    return made


async def _add(engine, *ids):
    async with writing(engine) as connection:
        for number in ids:
            await connection.execute(insert(pace), {"id": number, **_ROW})


async def _kept(engine):
    async with reading(engine) as connection:
        return list(await connection.scalars(select(pace.c.id).order_by(pace.c.id)))


async def test_once(engine, crossings):
    """Each statement, with all that it gives, takes one crossing to the connection's thread."""
    async with reading(engine) as connection:
        for _ in range(10):
            (await connection.execute(select(pace))).all()

    assert len(crossings) == 10 + _ENDS


async def test_answers(engine):
    """Rows, numbers of rows and what was returned come as they do from any other connection."""
    async with writing(engine) as connection:
        many = await connection.execute(insert(pace), [{"id": 7, **_ROW}, {"id": 8, **_ROW}])
        changed = await connection.execute(update(pace).values(due=5))
        given = await connection.execute(
            update(pace).where(pace.c.id == 8).values(due=6).returning(pace.c.id, pace.c.due)
        )
        returned = given.all()
    async with reading(engine) as connection:
        kept = (await connection.execute(select(pace.c.id, pace.c.due).order_by(pace.c.id))).all()

    assert many.rowcount == 2
    assert changed.rowcount == 2
    assert returned == [(8, 6)]
    assert kept == [(7, 5), (8, 6)]


async def test_refused(engine):
    """A statement that fails undoes its transaction, and the connection serves the next one."""
    with pytest.raises(IntegrityError):
        await _add(engine, 1, 2, 1)

    assert await _kept(engine) == []


async def test_given_up(engine, tmp_path):
    """Who gives up waiting for another's write leaves no lock behind, nor half a transaction."""
    with closing(sqlite3.connect(tmp_path / "records.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        waiting = [asyncio.create_task(_add(engine, number)) for number in (1, 2, 3)]
        # The first one has to be at the lock by then.
        await asyncio.wait(waiting, timeout=0.1)
        for task in waiting:
            task.cancel()
        other.execute("COMMIT")
        given_up = await asyncio.gather(*waiting, return_exceptions=True)
        await _add(engine, 4)
        other.execute("BEGIN IMMEDIATE")
        other.execute("COMMIT")

    assert [type(each) for each in given_up] == [asyncio.CancelledError] * 3
    assert await _kept(engine) == [4]
