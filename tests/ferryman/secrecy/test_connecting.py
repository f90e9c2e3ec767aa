"""Every process connects in the one way that encrypts."""

import asyncio
from dataclasses import astuple
from pathlib import Path

import pytest
from temporalio.common import WorkflowIDReusePolicy
from temporalio.contrib.pydantic import pydantic_data_converter

from ferryman.secrecy.codec import ENCODING
from ferryman.temporal import connect
from tests.ferryman.secrecy.conftest import RING_TEXT
from tests.ferryman.secrecy.test_surfaces import raw
from tests.running.command import ran
from tests.running.records import sqlite

PROJECT = Path(__file__).parents[3]
SECRET = "Erika Beispiel"


@pytest.fixture(autouse=True)
def _address(monkeypatch, temporal, database_url):
    address = temporal.client.service_client.config.target_host
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    monkeypatch.setenv("FERRYMAN_DATABASE_URL", database_url)


async def started(client, workflow_id):
    """Start a workflow that nobody works at; its history."""
    handle = await client.start_workflow(
        "Purchase",
        SECRET,
        id=workflow_id,
        task_queue="nobody",
        static_summary=SECRET,
        memo={"said": SECRET},
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )
    history = await handle.fetch_history()
    await handle.terminate()
    return raw(history)


async def test_with_keys(records, monkeypatch):
    """Where keys are set, a connection encrypts, through the connections that it is given."""
    monkeypatch.setenv("FERRYMAN_ENCRYPTION_KEYS", RING_TEXT)
    client = await connect(engine=records.engine)
    lying = await started(client, "purchase/connecting")

    assert (0, True) == (lying.count(SECRET.encode()), lying.count(ENCODING) > 1)


async def test_without_keys(monkeypatch):
    """Where none is set, everything is as it was."""
    monkeypatch.delenv("FERRYMAN_ENCRYPTION_KEYS", raising=False)
    client = await connect()

    assert client.data_converter is pydantic_data_converter
    assert 3 == (await started(client, "purchase/in-the-clear")).count(SECRET.encode())


def test_nobody_connects_otherwise():
    """No process of ours makes a connection of its own."""
    own = [
        str(file.relative_to(PROJECT))
        for package in ("api", "workers", "ferryman", "activities", "workflows")
        for file in (PROJECT / package).rglob("*.py")
        if "Client.connect(" in file.read_text() and file.name != "temporal.py"
    ]

    assert [] == own


async def test_own_connections_end_with_the_process(tmp_path):
    """A process that reads keys through connections of its own can still end."""
    program = (
        "import asyncio\n"
        "from ferryman.secrecy.converter import data_keys\n"
        "from ferryman.records import Records\n"
        "from ferryman.settings import ProcessSettings\n"
        "async def main():\n"
        "    told = ProcessSettings()\n"
        "    records = await Records.open(told.database_url.get_secret_value())\n"
        "    await records.migrate()\n"
        "    await records.close()\n"
        "    print((await data_keys(told).current('purchase/p1')).generation)\n"
        "asyncio.run(main())\n"
    )
    told = {"FERRYMAN_ENCRYPTION_KEYS": RING_TEXT, "FERRYMAN_DATABASE_URL": sqlite(tmp_path)}
    async with asyncio.timeout(30):
        over = await ran(tmp_path, "-c", program, **told)

    assert (0, "1\n", "") == astuple(over)
