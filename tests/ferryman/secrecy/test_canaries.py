"""What a purchase knows of a person is found nowhere but where it belongs."""

import io
import logging
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import pytest
import structlog
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from ferryman import logs, search_attributes
from ferryman.digital_river.client import DigitalRiver
from ferryman.sandbox import SandboxSettings, create_sandbox
from ferryman.secrecy.converter import encrypting
from tests.api.door import SECRETS, WEBHOOKS, Wanted, opened, settings
from tests.conftest import FLAGS, program
from tests.ferryman.secrecy.canaries import (
    CODES,
    KEPT_SECRET,
    PERSON,
    PROVIDER_KEY,
    WORDS,
    Shopper,
)
from tests.workflows.conftest import POLICY
from workers.worker import create_worker

pytestmark = [pytest.mark.no_replay, pytest.mark.timeout(180)]


@contextmanager
def debug_log():
    """All that processes of ours write at the level of debug."""
    root, written = logging.getLogger(), io.StringIO()
    before, level = root.handlers, root.level
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.stdout", written)
        logs.configure("debug", "json")
    try:
        yield written
    finally:
        root.handlers = before
        root.setLevel(level)
        structlog.reset_defaults()


async def lived(folder, records, converter):
    """One purchase on a Temporal that keeps its files in a folder; the shopper and the log."""
    with debug_log() as written:
        environment = await WorkflowEnvironment.start_local(
            dev_server_existing_path=program("temporal"),
            dev_server_database_filename=str(folder / "temporal.db"),
            data_converter=converter,
            search_attributes=list(search_attributes.ALL),
            dev_server_extra_args=FLAGS,
        )
        async with environment, aiohttp.ClientSession() as session:
            shopper = await bought(environment.client, records, session, folder)
            handle = environment.client.get_workflow_handle(f"purchase/{shopper.id}")
            await handle.fetch_history()
    return shopper, written.getvalue()


async def bought(client, records, session, folder):
    """Put API, worker and Digital River together, and buy."""
    told = settings(Wanted(task_queue="canaries"), folder / "unused.db")
    async with opened(told, client, records) as door:
        url = f"http://{door.host}:{door.port}{WEBHOOKS}"
        provider = SandboxSettings(
            webhook_url=url,
            webhook_secrets=SECRETS[0],
            api_key=PROVIDER_KEY,
            rate_limit=0,
            _env_file=None,
        )
        async with TestServer(create_sandbox(provider), host="127.0.0.1") as sandbox:
            address = str(sandbox.make_url("")).rstrip("/")
            digital_river = DigitalRiver(
                session, base_url=address, api_key=SecretStr(PROVIDER_KEY), timeout_seconds=5
            )
            worker = create_worker(
                client,
                task_queue="canaries",
                digital_river=digital_river,
                records=records,
                policy=POLICY,
            )
            async with worker:
                shopper = Shopper(door, address, session)
                await shopper.buys()
    return shopper


def in_files(folder: Path, canaries: dict[str, str]) -> set[str]:
    """Which canaries lie in Temporal's files."""
    files = [file.read_bytes() for file in folder.glob("temporal.db*")]
    assert files
    return {name for name, value in canaries.items() if any(value.encode() in f for f in files)}


def in_text(text: str, canaries: dict[str, str]) -> set[str]:
    """Which canaries a text holds."""
    return {name for name, value in canaries.items() if value in text}


async def test_canaries(tmp_path, records, keys):
    """Of all canaries none lies in Temporal's files, none of the person's in logs or answers.

    Support needs Digital River's ids and codes, which the log shows; a code is for operators only.
    """
    shopper, written = await lived(tmp_path, records, encrypting(keys))
    everything = PERSON | WORDS | KEPT_SECRET | CODES | shopper.found
    answers = "\n".join(reply.body.decode() for reply in shopper.answers)

    assert 22 == len(everything)
    assert set() == in_files(tmp_path, everything)
    assert set() == in_text(written, PERSON | WORDS | KEPT_SECRET | {"card": "4444222233331111"})
    assert set() == in_text(answers, PERSON | KEPT_SECRET)
    assert {"source", "failure code"} == in_text(written, shopper.found | CODES)
    assert set() == in_text("\n".join(reply.body.decode() for reply in shopper.public), CODES)


async def test_planted(tmp_path, records):
    """Each canary but the keys does lie in the files of a Temporal that is not encrypted."""
    shopper, _ = await lived(tmp_path, records, pydantic_data_converter)
    carried = PERSON | WORDS | CODES | shopper.found

    assert set(carried) == in_files(tmp_path, carried)
