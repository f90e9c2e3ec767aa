"""Records on each of the two databases, empty and up to date."""

import pytest

from ferryman.records import Records


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """Give the address of an empty database, once for each kind."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql_database_url")
    return f"sqlite+aiosqlite:///{tmp_path}/new folder/ferryman.db"


@pytest.fixture
async def open_records(database_url):
    """Open as many records of the same database as a test likes."""
    opened = []

    async def open_records():
        opened.append(await Records.open(database_url))
        return opened[-1]

    yield open_records
    for records in opened:
        await records.close()


@pytest.fixture
async def records(open_records):
    """Open records that are up to date."""
    records = await open_records()
    await records.migrate()
    return records
