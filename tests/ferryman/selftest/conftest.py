"""The real parts that the checks are tried on."""

import pytest
from aiohttp.test_utils import TestServer

from ferryman.records import Records
from ferryman.sandbox import SandboxSettings, create_sandbox
from tests.ferryman.selftest.parts import KEY, OURS, River


@pytest.fixture
async def river():
    """A Digital River that sends its events to us."""
    settings = SandboxSettings(api_key=KEY, webhook_url=OURS, rate_limit=0, _env_file=None)
    app = create_sandbox(settings)
    async with TestServer(app, host="127.0.0.1") as server:
        yield River(str(server.make_url("")).rstrip("/"))


@pytest.fixture
async def url(tmp_path):
    """A database with the tables of this release."""
    url = f"sqlite+aiosqlite:///{tmp_path}/ferryman.db"
    records = await Records.open(url)
    await records.migrate()
    await records.close()
    return url
