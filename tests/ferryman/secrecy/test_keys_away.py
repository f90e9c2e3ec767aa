"""The API while the database of the data keys is away: it says so, and takes what comes later."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from ferryman.records.engine import writing
from ferryman.secrecy.converter import encrypting
from tests.api.door import Wanted, opened, request, settings
from tests.ferryman.secrecy.test_surfaces import client_with

AWAY, BACK = (
    text(f"ALTER TABLE data_keys{here} RENAME TO data_keys{there}")
    for here, there in (("", "_away"), ("_away", ""))
)


def event():
    """Digital River tells of an order that nobody here knows."""
    return {
        "id": uuid.uuid4().hex,
        "type": "order.accepted",
        "data": {"object": {"id": "order-1", "email": "erika@example.com"}},
        "liveMode": False,
        "createdTime": "2026-11-01T18:23:06.272054Z",
    }


@pytest.fixture
async def door(temporal, records, process, tmp_path):
    """The API on a socket; nobody works behind it."""
    told = settings(Wanted(), tmp_path / "unused.db")
    client = client_with(temporal.client, encrypting(process(lifetime=timedelta())))
    async with opened(told, client, records) as door:
        yield door


async def test_webhook(door, records):
    """An event that could not be encrypted is not acknowledged; sent again, it is taken."""
    told = event()
    async with writing(records.engine) as connection:
        await connection.execute(AWAY)
    with capture_logs() as logs:
        refused = await door.webhook(told)
    async with writing(records.engine) as connection:
        await connection.execute(BACK)
    taken = await door.webhook(told)

    assert (503, 202) == (refused.status, taken.status)
    assert "Retry-After" in refused.headers
    assert "erika@example.com" not in str(logs)


async def test_opening(door, records):
    """A purchase that cannot be encrypted is not begun, and its merchant is asked to come again."""
    async with writing(records.engine) as connection:
        await connection.execute(AWAY)
    refused = await door.open(request(upstreamId="p-away"), key="key-away")
    async with writing(records.engine) as connection:
        await connection.execute(BACK)

    assert (503, True) == (refused.status, "Retry-After" in refused.headers)
