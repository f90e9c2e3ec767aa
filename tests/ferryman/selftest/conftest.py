"""The real parts that the checks are tried on."""

import pytest

from tests.ferryman.selftest.parts import KEY, OURS, River
from tests.running.records import records_in, sqlite
from tests.running.river import sandbox


@pytest.fixture
async def river():
    """A Digital River that sends its events to us."""
    async with sandbox(api_key=KEY, webhook_url=OURS) as url:
        yield River(url)


@pytest.fixture
async def url(tmp_path):
    """A database with the tables of this release."""
    async with records_in(tmp_path):
        return sqlite(tmp_path)
