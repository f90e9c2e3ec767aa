"""A key ring, and records whose database holds the data keys."""

import base64
import time
from datetime import timedelta

import pytest

from ferryman.secrecy.data_keys import DataKeys
from ferryman.secrecy.ring import KeyRing
from tests.running.records import records_at, sqlite

RING_TEXT = "k1:" + base64.b64encode(bytes(range(32))).decode()
NEWER_TEXT = "k2:" + base64.b64encode(bytes(range(32, 64))).decode()


@pytest.fixture
def database_url(tmp_path):
    """Where records and data keys are kept."""
    return sqlite(tmp_path)


@pytest.fixture
async def records(database_url):
    """Records that are up to date."""
    async with records_at(database_url) as records:
        yield records


@pytest.fixture
def ring():
    """A ring of one key."""
    return KeyRing.parse(RING_TEXT)


@pytest.fixture
def process(records, ring):
    """Make the data keys as one more process knows them, with the ring and lifetime it is told."""

    def process(ring=ring, lifetime=timedelta(seconds=30), now=time.monotonic):
        return DataKeys(records.engine, ring, lifetime, now)

    return process


@pytest.fixture
def keys(process):
    """The data keys of one process."""
    return process()
