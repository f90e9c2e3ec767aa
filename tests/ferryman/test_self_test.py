"""Each check of `self-test` is red for its own reason and green beside it, against real parts."""

import asyncio
import base64
import hashlib
import os
import re
import socket
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace

import aiohttp
import pytest
from aiohttp.test_utils import TestServer, unused_port
from pydantic import SecretStr
from temporalio import activity, workflow
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig
from typer.testing import CliRunner

from ferryman import search_attributes
from ferryman.__main__ import app
from ferryman.records import Records
from ferryman.sandbox import SandboxSettings, create_sandbox
from ferryman.secrecy.data_keys import DataKeys
from ferryman.secrecy.ring import KeyRing
from ferryman.selftest import database, digital_river, secrets
from ferryman.selftest import temporal as engine
from ferryman.selftest.finding import Verdict
from ferryman.settings import (
    DEVELOPMENT_KEY,
    ApiKey,
    ApiSettings,
    DigitalRiverSettings,
    ProcessSettings,
    Scope,
)

GOOD, WRONG, UNTOLD = Verdict.GOOD, Verdict.WRONG, Verdict.UNTOLD
OURS = "http://127.0.0.1:8080/webhooks/digital-river"
SECRET = "whsec_invented_for_this_test_alone"
KEY = "sk_test_invented"
ONE = "k1:" + base64.b64encode(bytes(32)).decode()
LIKE_ONE = "k1:" + base64.b64encode(bytes(range(32))).decode()
OTHER = "k2:" + base64.b64encode(bytes(range(32))).decode()


class River:
    """A sandbox, and what is asked of it."""

    def __init__(self, url):
        self.url = url

    async def call(self, method, path, body=None):
        """Ask the sandbox itself for something."""
        signed = {"Authorization": f"Bearer {KEY}"}
        async with aiohttp.request(method, f"{self.url}{path}", json=body, headers=signed) as got:
            return await got.json(content_type=None)

    async def spoil(self, path, status):
        """Let each call on this path end so."""
        fault = {"method": "GET", "path": path, "kind": "status", "status": status, "times": 0}
        await self.call("POST", "/_sandbox/faults", fault)

    async def change_webhook(self, **change):
        """Change the webhook as a person does in the Dashboard."""
        (webhook,) = await self.call("GET", "/webhooks")
        await self.call("PATCH", f"/webhooks/{webhook['id']}", change)

    async def verdicts(self, **told):
        """What the checks say of it, by subject."""
        told = {"base_url": self.url, "api_key": SecretStr(KEY), **told}
        found = await digital_river.findings(DigitalRiverSettings(timeout=2, **told))
        return {each.subject: each for each in found}


@pytest.fixture
async def river():
    """A Digital River that sends its events to us."""
    settings = SandboxSettings(api_key=KEY, webhook_url=OURS, rate_limit=0, _env_file=None)
    app = create_sandbox(settings)
    async with TestServer(app, host="127.0.0.1") as server:
        yield River(str(server.make_url("")).rstrip("/"))


async def test_digital_river_as_it_should_be(river):
    """Key, version, clock and webhook endpoint are good at a Digital River that knows us."""
    found = await river.verdicts()

    assert [GOOD] * 4 == [each.verdict for each in found.values()]
    assert OURS in found["webhook endpoint"].said


@pytest.mark.parametrize(
    ("status", "verdict", "said"),
    [
        (401, WRONG, "401: not known"),
        (403, WRONG, "403: known"),
        (404, WRONG, "is no Digital River"),
        (409, WRONG, "not as Digital River does"),
        (429, UNTOLD, "rate is used up"),
        (503, WRONG, "answers 503"),
    ],
)
async def test_refusals_of_the_key_are_told_apart(river, status, verdict, said):
    """Each answer to the first call has a sentence of its own, and a remedy where it is wrong."""
    await river.spoil("/orders", status)
    key = (await river.verdicts())["Digital River's key"]

    assert verdict is key.verdict
    assert said in key.said
    assert (verdict is WRONG) == bool(key.remedy)


async def test_unknown_key_is_refused(river):
    """A key that Digital River does not know is wrong, and is not shown."""
    found = await river.verdicts(api_key=SecretStr("sk_live_of_somebody_else"))

    assert WRONG is found["Digital River's key"].verdict
    assert "somebody_else" not in str(found)


async def test_nobody_there_is_told_from_a_refusal():
    """An address without a server is unreachable, not unauthorised."""
    found = await River(f"http://127.0.0.1:{unused_port()}").verdicts()

    assert WRONG is found["Digital River's key"].verdict
    assert "no answer" in found["Digital River's key"].said
    assert UNTOLD is found["clock"].verdict


async def test_refused_version(river):
    """A request that is refused as such, though it is the simplest, is the version's fault."""
    await river.spoil("/orders", 400)
    found = await river.verdicts()

    assert WRONG is found["Digital River's version"].verdict
    assert "2021-12-13" in found["Digital River's version"].said


@pytest.mark.parametrize(("apart", "verdict"), [(-400, WRONG), (400, WRONG), (200, GOOD)])
async def test_clock_beyond_the_tolerance(apart, verdict):
    """A clock further from Digital River's than webhooks may be is wrong, either way."""
    app = create_sandbox(SandboxSettings(api_key=KEY, webhook_url=OURS, _env_file=None))

    async def misdate(_, response):
        there = datetime.now(UTC) + timedelta(seconds=apart)
        response.headers["Date"] = format_datetime(there, usegmt=True)

    app.on_response_prepare.append(misdate)
    async with TestServer(app, host="127.0.0.1") as server:
        found = await River(str(server.make_url("")).rstrip("/")).verdicts()

    assert verdict is found["clock"].verdict


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"enabled": False}, "is disabled"),
        ({"types": ["order.accepted"]}, "does not send order.blocked"),
        ({"address": "https://elsewhere.example.com/hooks"}, "none ends in"),
    ],
)
async def test_webhook_endpoint_that_brings_nothing(river, change, said):
    """Disabled, deaf to what we need, or elsewhere: each is wrong and has a remedy."""
    await river.change_webhook(**change)
    endpoint = (await river.verdicts())["webhook endpoint"]

    assert WRONG is endpoint.verdict
    assert said in endpoint.said
    assert endpoint.remedy


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_webhooks_that_may_not_be_listed(river, status):
    """Where Digital River shows no list of webhooks it is said so, and is no failure."""
    await river.spoil("/webhooks", status)
    endpoint = (await river.verdicts())["webhook endpoint"]

    assert UNTOLD is endpoint.verdict
    assert "cannot be told" in endpoint.said


@pytest.mark.parametrize(
    ("given", "verdict", "said"),
    [
        ((SECRET, SECRET + "2"), GOOD, "2, each"),
        ((SECRET, "whsec_short"), WRONG, "number 2"),
        (("whsec_with_a_half_\ud800_character",), WRONG, "number 1 verifies nothing"),
    ],
)
def test_webhook_secrets(given, verdict, said):
    """A secret that is too short, or of no use, is named by its number alone."""
    river = DigitalRiverSettings(webhook_secrets=tuple(map(SecretStr, given)))
    found = secrets.findings(SimpleNamespace(digital_river=river, api=ApiSettings()))[0]

    assert verdict is found.verdict
    assert said in found.said
    assert not any(secret in str(found) for secret in given)


@pytest.mark.parametrize(
    ("base_url", "keys", "verdict"),
    [
        ("http://127.0.0.1:8400", (DEVELOPMENT_KEY,), GOOD),
        ("https://api.example.com", (DEVELOPMENT_KEY,), WRONG),
        ("https://api.example.com", (ApiKey("shop", Scope.WRITE, bytes(32)),), GOOD),
    ],
)
def test_api_keys(base_url, keys, verdict):
    """The key that the source shows is for the sandbox alone."""
    river = DigitalRiverSettings(base_url=base_url, webhook_secrets=(SecretStr(SECRET),))
    told = SimpleNamespace(digital_river=river, api=ApiSettings(keys=keys))

    assert verdict is secrets.findings(told)[1].verdict


@pytest.fixture
def at(temporal, monkeypatch):
    """Give what the checks say of the dev server, or of where the environment points instead."""

    async def look(task_queue="nobodys", **environment):
        monkeypatch.setenv("TEMPORAL_ADDRESS", address_of(temporal))
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return {each.subject: each for each in await engine.findings(task_queue)}

    return look


def address_of(temporal):
    """Where the dev server listens."""
    return temporal.client.service_client.config.target_host


async def test_temporal_with_a_worker(temporal, at):
    """Namespace, search attributes and a polling worker are seen."""
    async with polling(temporal, "self-test"):
        found = await at("self-test")
        while found["worker"].verdict is not GOOD:
            found = await at("self-test")

    assert [GOOD] * 3 == [each.verdict for each in found.values()]
    assert "namespace default" in found["Temporal"].said


@activity.defn
async def idle_step() -> None:
    """Nothing; a worker has to have something to poll for."""


@workflow.defn
class Idle:
    """Nothing either."""

    @workflow.run
    async def run(self) -> None:
        """Do nothing."""


def polling(temporal, task_queue, version=None):
    """A worker on this queue, perhaps as a version of a deployment."""
    deployed = version and WorkerDeploymentConfig(
        version=version,
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )
    return Worker(
        temporal.client,
        task_queue=task_queue,
        workflows=[Idle],
        activities=[idle_step],
        workflow_runner=UnsandboxedWorkflowRunner(),
        deployment_config=deployed,
    )


async def test_version_that_is_not_current(temporal, at):
    """A worker whose version nobody has made current polls and gets nothing: it is wrong."""
    version = WorkerDeploymentVersion("self-test", "build-1")
    async with polling(temporal, "versioned", version):
        while "nobody" in (found := (await at("versioned"))["worker"]).said:
            pass

    assert WRONG is found.verdict
    assert "self-test.build-1" in found.said


async def test_queue_that_nobody_polls(at):
    """Without a worker a purchase would wait for ever: it is wrong, and the queue is named."""
    found = (await at("forgotten"))["worker"]

    assert WRONG is found.verdict
    assert "forgotten" in found.said


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"TEMPORAL_NAMESPACE": "nowhere"}, "nowhere"),
        ({"TEMPORAL_ADDRESS": "127.0.0.1:1"}, "away"),
        ({"TEMPORAL_ADDRESS": "temporal.example.com:7233"}, "another host needs TLS"),
    ],
)
async def test_temporal_that_cannot_be_used(at, environment, said):
    """No such namespace, nobody there, and plaintext to another host are told apart."""
    found = await at(**environment)

    assert WRONG is found["Temporal"].verdict
    assert said in found["Temporal"].said
    assert [UNTOLD] * 2 == [found[name].verdict for name in ("search attributes", "worker")]


async def test_frozen_temporal_is_given_up(at):
    """A server that takes connections and says nothing does not hang the self-test."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        async with asyncio.timeout(20):
            found = await at(TEMPORAL_ADDRESS=f"127.0.0.1:{port}")

    assert WRONG is found["Temporal"].verdict


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("Undefined", IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD, "missing: Undefined"),
        ("PurchaseState", IndexedValueType.INDEXED_VALUE_TYPE_INT, "another type: PurchaseState"),
    ],
)
async def test_search_attributes_that_are_not_ours(at, monkeypatch, name, kind, said):
    """An attribute that the namespace lacks, or has with another type, is named."""
    wanted = SimpleNamespace(name=name, indexed_value_type=kind)
    monkeypatch.setattr(search_attributes, "ALL", (wanted,))
    found = (await at())["search attributes"]

    assert WRONG is found.verdict
    assert said in found.said


async def looked_into(url, ring=None):
    """What the checks say of a database."""
    told = ProcessSettings(database_url=SecretStr(url), encryption_keys=ring)
    return {each.subject: each for each in await database.findings(told)}


@pytest.fixture
async def url(tmp_path):
    """A database with the tables of this release."""
    url = f"sqlite+aiosqlite:///{tmp_path}/ferryman.db"
    records = await Records.open(url)
    await records.migrate()
    await records.close()
    return url


async def test_database_as_it_should_be(url):
    """The tables of this release are seen; without keys nothing is encrypted, and that is said."""
    found = await looked_into(url)

    assert [GOOD, GOOD] == [each.verdict for each in found.values()]
    assert "in the clear" in found["encryption keys"].said


async def test_database_that_is_not_there(tmp_path):
    """A missing file is wrong, and looking for it does not make it."""
    found = await looked_into(f"sqlite+aiosqlite:///{tmp_path}/none.db")

    assert WRONG is found["database"].verdict
    assert [] == list(tmp_path.iterdir())


async def test_database_server_that_does_not_answer():
    """A database that is away is wrong, and its password is not shown."""
    found = await looked_into("postgresql+asyncpg://erika:hush@127.0.0.1:1/ferryman")

    assert WRONG is found["database"].verdict
    assert "hush" not in str(found)


async def test_database_of_another_release(tmp_path):
    """A database without our tables, or behind, is told to be brought up to date."""
    (tmp_path / "empty.db").touch()
    found = (await looked_into(f"sqlite+aiosqlite:///{tmp_path}/empty.db"))["database"]

    assert WRONG is found.verdict
    assert "tables at nothing" in found.said


@pytest.mark.parametrize(
    ("wrote", "reads", "verdict", "said"),
    [
        (ONE, ONE, GOOD, "k1 encrypts"),
        (ONE, f"{OTHER},{ONE}", GOOD, "k2 encrypts"),
        (ONE, OTHER, WRONG, "lacks the key 'k1'"),
        (ONE, LIKE_ONE, WRONG, "not the one that wrapped"),
        (ONE, None, WRONG, "were encrypted"),
        (None, ONE, GOOD, "k1 encrypts"),
    ],
)
async def test_encryption_keys(url, wrote, reads, verdict, said):
    """The ring has to open what was written with it; a key that is missing or another is named."""
    if wrote:
        records = await Records.open(url)
        await DataKeys(records.engine, KeyRing.parse(wrote)).current("purchase/one")
        await records.close()
    found = await looked_into(url, KeyRing.parse(reads) if reads else None)

    assert verdict is found["encryption keys"].verdict
    assert said in found["encryption keys"].said


async def commanded(folder, **environment):
    """Run the command as a person does; its exit code and what it prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ferryman", "self-test"),
        cwd=folder,
        env={"PATH": os.environ["PATH"], **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode, told.decode()


async def test_command_says_all_is_well(tmp_path, river, temporal, url):
    """With everything in place it prints one line for each check and ends with 0."""
    async with polling(temporal, "well"):
        code, told = await commanded(
            tmp_path,
            TEMPORAL_ADDRESS=address_of(temporal),
            FERRYMAN_TASK_QUEUE="well",
            FERRYMAN_DATABASE_URL=url,
            FERRYMAN_API_KEYS=f"shop:write:{hashlib.sha256(b'hidden-key').hexdigest()}",
            FERRYMAN_ENCRYPTION_KEYS=ONE,
            DIGITAL_RIVER_BASE_URL=river.url,
            DIGITAL_RIVER_API_KEY=KEY,
            DIGITAL_RIVER_WEBHOOK_SECRETS=SECRET,
        )

    assert (0, 12) == (code, len(re.findall(r"^ok ", told, re.MULTILINE))), told
    for hidden in (KEY, SECRET, ONE.removeprefix("k1:"), "hidden-key"):
        assert hidden not in told


async def test_command_names_what_is_wrong(tmp_path, river):
    """Each wrong line is followed by what to do, and the exit code is 1."""
    code, told = await commanded(
        tmp_path,
        TEMPORAL_ADDRESS="127.0.0.1:1",
        DIGITAL_RIVER_BASE_URL=river.url,
        DIGITAL_RIVER_API_KEY="sk_of_nobody",
    )
    lines = told.splitlines()
    wrong = [number for number, line in enumerate(lines) if line.startswith("WRONG")]

    assert (1, 3) == (code, len(wrong)), told
    assert all("do: " in lines[number + 1] for number in wrong)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DIGITAL_RIVER_BASE_URL", "https://api.example.com", "WEBHOOK_SECRETS: the sandbox's"),
        ("FERRYMAN_API_HOST", "192.0.2.7", "API_KEYS: the development key serves loopback only"),
        ("DIGITAL_RIVER_API_KEY_FILE", "/nowhere/key", "API_KEY_FILE: FileNotFoundError"),
        ("FERRYMAN_SETTLE_TIME", "soon", "SETTLE_TIME: give an ISO 8601 duration"),
    ],
)
def test_command_tells_settings_that_cannot_work(tmp_path, monkeypatch, name, value, said):
    """What no process starts with is one wrong line that names the variable."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(name, value)
    told = CliRunner().invoke(app, ["self-test"])

    assert 1 == told.exit_code
    assert re.match(rf"WRONG settings +\w+_{said}", told.stdout)


def test_command_explains_itself():
    """`--help` says what is checked and how it ends."""
    told = CliRunner().invoke(app, ["self-test", "--help"])

    assert 0 == told.exit_code
    assert "something is wrong" in " ".join(re.sub(r"[│╭╮╰╯─]", " ", told.stdout).split())
