import sqlite3

import pytest
from sqlalchemy import text

from ferryman.records import Records, RecordsUnavailable
from ferryman.records.engine import writing
from ferryman.secrecy.remains import clear_remains
from tests.running.records import records_at

WORD = "canary-of-the-remains"
KEEP = "INSERT INTO claims (key, fingerprint, purchase_id, created_time) VALUES (:k, :f, :p, '')"


@pytest.fixture
def _impatient(monkeypatch):
    monkeypatch.setattr("ferryman.records.engine._BUSY_SECONDS", 0.1)


@pytest.fixture
async def records(_impatient, database_url):
    """Records whose database does not wait for others, with rows written anew."""
    async with records_at(database_url) as records:
        async with writing(records.engine) as connection:
            for number in range(200):
                row = {"k": f"k{number}", "f": WORD * 5, "p": f"p{number}"}
                await connection.execute(text(KEEP), row)
        async with writing(records.engine) as connection:
            await connection.execute(text("UPDATE claims SET fingerprint = 'gone'"))
        yield records


def lying(folder):
    """Where the word lies."""
    return sorted(
        file.name for file in folder.glob("ferryman.db*") if WORD.encode() in file.read_bytes()
    )


async def test_written_anew(tmp_path, records):
    """What rows said before they were written anew lies in the files until it is cleared."""
    before = lying(tmp_path)
    await clear_remains(records.engine)
    async with records.engine.connect() as connection:
        kept = await connection.scalar(text("SELECT count(*) FROM claims"))

    assert "ferryman.db-wal" in before
    assert [] == lying(tmp_path)
    assert 200 == kept


@pytest.mark.parametrize("begin", ["BEGIN IMMEDIATE", "BEGIN; SELECT count(*) FROM claims"])
async def test_busy(tmp_path, records, begin):
    """While somebody writes or reads, it is not said to be done; afterwards it can be."""
    other = sqlite3.connect(tmp_path / "ferryman.db", isolation_level=None)
    for statement in begin.split("; "):
        other.execute(statement).fetchall()

    with pytest.raises(RecordsUnavailable):
        await clear_remains(records.engine)
    other.execute("ROLLBACK")
    other.close()
    await clear_remains(records.engine)

    assert [] == lying(tmp_path)


async def test_postgresql(postgresql_database_url):
    """PostgreSQL is left to its own vacuum."""
    records = await Records.open(postgresql_database_url)
    await clear_remains(records.engine)

    await records.close()
