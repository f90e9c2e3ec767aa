"""What a purchase knows of a person is found nowhere but where it belongs."""

import asyncio
import base64
import io
import logging
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from google.protobuf.json_format import MessageToDict
from prometheus_client import generate_latest
from pydantic import SecretStr
from temporalio.api.common.v1 import Payloads
from temporalio.api.workflowservice.v1 import ListWorkflowExecutionsRequest
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment

from faults.evidence import payloads_of
from ferryman import logs, search_attributes
from ferryman.records.outbox import Outbox
from ferryman.secrecy.auditors import Auditor
from ferryman.secrecy.codec_server import CodecServer
from ferryman.secrecy.converter import encrypting
from ferryman.secrecy.erasure import Erasure, StillOpen
from tests.api.door import SECRETS, WEBHOOKS, Wanted, opened, settings
from tests.ferryman.secrecy.canaries import (
    CODES,
    KEPT_SECRET,
    PERSON,
    PROVIDER_KEY,
    WORDS,
    Shopper,
)
from tests.ferryman.secrecy.test_codec_server import DIGEST, TOKEN
from tests.running.river import client_of, sandbox
from tests.running.temporal import FLAGS, program
from tests.workflows.given import POLICY
from workers.courier import Courier
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


@dataclass
class Life:
    """One purchase, and all that was written of it."""

    shopper: Shopper | None = None
    log: str = ""
    listed: bytes = b""
    """What Temporal's lists show: ids, search attributes, memos."""
    metrics: str = ""
    notices: list[str] = field(default_factory=list)
    decoded: str = ""
    """What the codec server showed to somebody with a token."""
    kept: set[str] = field(default_factory=set)
    """Which canaries lay in our own database before the person was erased."""


async def lived(folder, records, converter, keys=None):
    """One purchase on a Temporal that keeps its files in a folder.

    With `keys` it is read through the codec server, and its person erased in the end.
    """
    with debug_log() as written:
        environment = await WorkflowEnvironment.start_local(
            dev_server_existing_path=program("temporal"),
            dev_server_database_filename=str(folder / "temporal.db"),
            data_converter=converter,
            search_attributes=list(search_attributes.ALL),
            dev_server_extra_args=FLAGS,
        )
        async with environment, aiohttp.ClientSession() as session:
            client = environment.client
            life = Life()
            async with (
                receiving(records, session, life.notices),
                shopping(client, records, session, folder) as shopper,
            ):
                await shopper.buys()
                life.listed, life.metrics = await listed(client), generate_latest().decode()
                if keys is not None:
                    life.decoded = await decoded(client, shopper.id, keys)
                    life.kept = in_files(folder, everything(shopper), "ferryman.db*")
                    await erased(client, records, keys, shopper.id)
    life.shopper, life.log = shopper, written.getvalue()
    return life


@asynccontextmanager
async def receiving(records, session, notices):
    """Have all notices brought to a merchant's system, which keeps them."""

    async def take(request):
        notices.append(await request.text())
        return web.Response()

    app = web.Application()
    app.router.add_post("/", take)
    stopping = asyncio.Event()
    async with TestServer(app, host="127.0.0.1") as server:
        url, secrets = str(server.make_url("/")), ["whsec_" + "A" * 32]
        courier = Courier(Outbox(records.engine), session, url, secrets)
        running = asyncio.create_task(courier.run(stopping))
        yield
        async with asyncio.timeout(20):
            while len(notices) < 2:
                await asyncio.sleep(0.05)
        stopping.set()
        await running


async def listed(client):
    """Everything that Temporal shows in lists."""
    asked = ListWorkflowExecutionsRequest(namespace="default", page_size=100)
    return (await client.workflow_service.list_workflow_executions(asked)).SerializeToString()


async def decoded(client, purchase_id, keys):
    """The history as somebody reads it who has a token."""
    history = await client.get_workflow_handle(f"purchase/{purchase_id}").fetch_history()
    lying = [each for event in history.events for each in payloads_of(event)]
    app = CodecServer(keys, (Auditor("erika", bytes.fromhex(DIGEST)),), ()).app()
    async with TestClient(TestServer(app, host="127.0.0.1")) as server:
        body = MessageToDict(Payloads(payloads=lying))
        strange = await server.post("/decode", json=body)
        reply = await server.post(
            "/decode", json=body, headers={"Authorization": f"Bearer {TOKEN}"}
        )
        assert (401, 200) == (strange.status, reply.status)
        answer = await reply.json()
    return "".join(base64.b64decode(each.get("data", "")).decode() for each in answer["payloads"])


async def erased(client, records, keys, purchase_id):
    """Erase the person, as soon as nothing is open any more."""

    async def forget(order_id):
        del order_id

    erasure = Erasure(client, records, keys, forget, patience=timedelta())
    async with asyncio.timeout(30):
        while True:
            try:
                await erasure.erase(purchase_id, "erika")
            except StillOpen:
                await asyncio.sleep(0.1)
            else:
                return


def everything(shopper):
    """All canaries of a purchase, our own keys too."""
    return PERSON | WORDS | KEPT_SECRET | CODES | shopper.found


@asynccontextmanager
async def shopping(client, records, session, folder):
    """Put API, worker and Digital River together; gives somebody who buys there."""
    told = settings(Wanted(task_queue="canaries"), folder / "unused.db")
    async with opened(told, client, records) as door:
        url = f"http://{door.host}:{door.port}{WEBHOOKS}"
        provider = {"webhook_secrets": SECRETS[0], "api_key": PROVIDER_KEY}
        async with sandbox(webhook_url=url, **provider) as address:
            worker = create_worker(
                client,
                task_queue="canaries",
                digital_river=client_of(
                    session, address, api_key=SecretStr(PROVIDER_KEY), timeout_seconds=5
                ),
                records=records,
                policy=POLICY,
            )
            async with worker:
                yield Shopper(door, address, session)


def in_files(folder: Path, canaries: dict[str, str], names: str = "temporal.db*") -> set[str]:
    """Which canaries lie in the files of a database, its log too."""
    files = [file.read_bytes() for file in folder.glob(names)]
    assert files
    return {name for name, value in canaries.items() if any(value.encode() in f for f in files)}


def in_text(text: str, canaries: dict[str, str]) -> set[str]:
    """Which canaries a text holds."""
    return {name for name, value in canaries.items() if value in text}


async def test_canaries(tmp_path, records, keys, process):
    """Of all canaries none lies in Temporal's files, none of the person's in logs or answers.

    Support needs Digital River's ids and codes, which the log shows; a code is for operators only.
    Once the person is erased nothing of it lies in our own database's files either.
    """
    life = await lived(tmp_path, records, encrypting(keys), process(lifetime=timedelta()))
    shopper, canaries = life.shopper, everything(life.shopper)
    answers = "\n".join(reply.body.decode() for reply in shopper.answers)
    public = "\n".join(reply.body.decode() for reply in shopper.public)
    notices = "\n".join(life.notices)

    assert 24 == len(canaries)
    assert set() == in_files(tmp_path, canaries)
    assert set() == in_text(life.listed.decode(errors="replace"), canaries)
    assert set() == in_text(life.metrics, canaries)
    assert set() == in_text(life.log, PERSON | WORDS | KEPT_SECRET | {"card": "4444222233331111"})
    assert set() == in_text(answers, PERSON | KEPT_SECRET)
    assert {"source", "failure code"} == in_text(life.log, shopper.found | CODES)
    assert set() == in_text(public, CODES)
    assert {"tracking number"} == in_text(notices, canaries)
    assert set(PERSON) <= in_text(life.decoded, canaries)
    assert set(WORDS) < life.kept
    assert set() == in_files(tmp_path, PERSON | WORDS | KEPT_SECRET | shopper.found, "ferryman.db*")


async def test_planted(tmp_path, records):
    """Each canary but the keys does lie in the files of a Temporal that is not encrypted.

    The log is as silent as ever.
    """
    life = await lived(tmp_path, records, pydantic_data_converter)
    carried = PERSON | WORDS | CODES | life.shopper.found

    assert set(carried) == in_files(tmp_path, carried)
    assert set() == in_text(life.log, PERSON | WORDS | KEPT_SECRET)
