import base64
import hashlib
import signal

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from google.protobuf.json_format import MessageToDict
from structlog.testing import capture_logs
from temporalio.api.common.v1 import Payload, Payloads

from ferryman.secrecy.auditors import Auditor
from ferryman.secrecy.codec import WORKFLOW, Codec
from ferryman.secrecy.codec_server import CodecServer
from ferryman.secrecy.ring import KeyRing
from ferryman.settings import CodecSettings, Settings, SettingsError
from tests.ferryman.secrecy.conftest import NEWER_TEXT, RING_TEXT
from tests.ferryman.secrecy.test_codec import inside, payload
from tests.running.command import ended, ran, started

COMMAND = ("-m", "ferryman", "codec")
TOKEN = "a-token-of-an-operator"
DIGEST = hashlib.sha256(TOKEN.encode()).hexdigest()
UI = "http://127.0.0.1:8233"
HEADERS = {"Authorization": f"Bearer {TOKEN}", "Origin": UI, "X-Namespace": "default"}


@pytest.fixture
async def server(process):
    """A codec server for one operator and one Web UI."""
    auditors = (Auditor("erika", bytes.fromhex(DIGEST)),)
    app = CodecServer(process(), auditors, (UI,)).app()
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        yield client


@pytest.fixture
async def sealed(keys):
    """Two payloads of two workflows, and one that was never encrypted."""
    codec = Codec(keys)
    return [
        *await inside(codec, "purchase/p1").encode([payload()]),
        *await inside(codec, "refund/p1/r1").encode([payload(b'"r"')]),
        payload(b'"open"'),
    ]


def body(payloads: list[Payload]) -> dict[str, object]:
    """What the Web UI sends."""
    return MessageToDict(Payloads(payloads=payloads))


def texts(answer: dict[str, list[dict[str, str]]]) -> list[bytes]:
    """What the payloads of an answer say."""
    return [base64.b64decode(each["data"]) for each in answer["payloads"]]


async def test_decode(server, sealed):
    """Who has a token reads; one line tells who, of which workflows and how many."""
    with capture_logs() as logs:
        reply = await server.post("/decode", json=body(sealed), headers=HEADERS)
        answer = await reply.json()

    assert (200, UI) == (reply.status, reply.headers["Access-Control-Allow-Origin"])
    assert [b'"Erika Beispiel"', b'"r"', b'"open"'] == texts(answer)
    assert [
        {
            "event": "decoded",
            "log_level": "info",
            "auditor": "erika",
            "workflows": ["purchase/p1", "refund/p1/r1"],
            "payloads": 2,
        }
    ] == logs


async def test_program(server, sealed):
    """A program, which has no origin, reads with a token too."""
    headers = {"Authorization": f"bearer {TOKEN}"}
    reply = await server.post("/decode", json=body(sealed), headers=headers)

    assert 200 == reply.status
    assert "Access-Control-Allow-Origin" not in reply.headers


@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer other", f"Basic {TOKEN}", f"Bearer {DIGEST}"]
)
async def test_strangers(server, sealed, authorization):
    """Without a known token nothing is read."""
    headers = {"Origin": UI} | ({"Authorization": authorization} if authorization else {})
    with capture_logs() as logs:
        reply = await server.post("/decode", json=body(sealed), headers=headers)
        answer = await reply.read()

    assert (401, "application/problem+json") == (reply.status, reply.content_type)
    assert b"Erika" not in base64.b64decode(answer + b"==", validate=False)
    assert ["decode_refused"] == [each["event"] for each in logs]


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:8080", "http://127.0.0.1:82330", "https://127.0.0.1:8233", "null"]
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
async def test_other_origins(server, sealed, origin, method):
    """No other page may read, whoever looks at it."""
    headers = {**HEADERS, "Origin": origin}
    reply = await server.request(method, "/decode", json=body(sealed), headers=headers)

    assert 403 == reply.status
    assert "Access-Control-Allow-Origin" not in reply.headers


async def test_preflight(server):
    """A browser that asks first may send what the Web UI sends."""
    reply = await server.options("/decode", headers={"Origin": UI})

    assert (204, UI) == (reply.status, reply.headers["Access-Control-Allow-Origin"])
    allowed = reply.headers["Access-Control-Allow-Headers"]
    assert {"authorization", "content-type", "x-namespace"} == set(allowed.split(", "))
    assert "*" not in "".join(reply.headers.values())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/encode", 404),
        ("GET", "/decode", 405),
        ("POST", "/", 405),
        ("GET", "/healthz", 200),
    ],
)
async def test_nothing_else(server, method, path, status):
    """Nothing can be encrypted here; whatever is refused is a problem document."""
    reply = await server.request(method, path, headers=HEADERS)

    assert status == reply.status
    assert status == 200 or (await reply.json())["status"] == status


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"7", 400),
        (b"\xff", 400),
        (b'{"payloads": 7}', 400),
        (b'{"payloads": [{"data": 7}]}', 400),
        (b'{"other": []}', 400),
        (b"[" * 100_000, 400),
        (b"{}", 200),
        (b'{"payloads": [{}]}', 200),
        (b'{"payloads": [{"metadata": {"encoding": "YmluYXJ5L2VuY3J5cHRlZA=="}}]}', 422),
    ],
)
async def test_broken(server, data, status):
    """What is no list of payloads is refused in words."""
    headers = {**HEADERS, "Content-Type": "application/json"}
    reply = await server.post("/decode", data=data, headers=headers)

    assert status == reply.status


async def test_media_type(server):
    """Only JSON is read, so that no plain form of a page can ask."""
    reply = await server.post("/decode", data=b"{}", headers=HEADERS)

    assert 415 == reply.status


async def test_moved(server, sealed):
    """A payload with another label, or of another namespace, is not shown."""
    other = await server.post(
        "/decode", json=body(sealed), headers={**HEADERS, "X-Namespace": "other"}
    )
    sealed[0].metadata[WORKFLOW] = b"purchase/p2"
    relabelled = await server.post("/decode", json=body(sealed), headers=HEADERS)

    assert [422, 422] == [other.status, relabelled.status]


async def test_key_that_is_not_here(process, sealed):
    """Without the key the answer names it."""
    auditors = (Auditor("erika", bytes.fromhex(DIGEST)),)
    app = CodecServer(process(ring=KeyRing.parse(NEWER_TEXT)), auditors, (UI,)).app()
    async with TestClient(TestServer(app, host="127.0.0.1")) as client:
        reply = await client.post("/decode", json=body(sealed), headers=HEADERS)
        problem = await reply.json()

    assert (422, "FERRYMAN_ENCRYPTION_KEYS lacks the key 'k1'") == (
        reply.status,
        problem["detail"],
    )


async def test_erased(server, process, sealed):
    """What was erased reads so; the rest of the page stays."""
    await process().retire(["purchase/p1"])
    await process().destroy(["purchase/p1"])
    reply = await server.post("/decode", json=body(sealed), headers=HEADERS)

    assert [b'"[erased]"', b'"[erased]"', b'"open"'] == texts(await reply.json())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKENS", "erika"),
        ("TOKENS", f"erika:{DIGEST[:-1]}"),
        ("TOKENS", f"erika:{DIGEST},erika:{DIGEST}"),
        ("ORIGINS", "*"),
        ("ORIGINS", "http://127.0.0.1:8233/"),
        ("ORIGINS", "http://Example.com"),
        ("ORIGINS", "127.0.0.1:8233"),
        ("PORT", "http"),
    ],
)
def test_settings_that_cannot_be(monkeypatch, name, value):
    """What would let in nobody or anybody stops the process."""
    monkeypatch.setenv(f"FERRYMAN_CODEC_{name}", value)

    with pytest.raises(SettingsError, match=f"FERRYMAN_CODEC_{name}"):
        Settings.read()


def test_defaults():
    """It listens to this machine alone, for the Web UI of this machine, and lets in nobody."""
    told = CodecSettings()

    assert ("127.0.0.1", 8234, ()) == (told.host, told.port, told.tokens)
    assert ("http://127.0.0.1:8233", "http://localhost:8233") == told.origins


@pytest.mark.parametrize(
    ("told", "missing"),
    [
        ({"FERRYMAN_CODEC_TOKENS": f"e:{DIGEST}"}, "FERRYMAN_ENCRYPTION_KEYS"),
        ({"FERRYMAN_ENCRYPTION_KEYS": RING_TEXT}, "FERRYMAN_CODEC_TOKENS"),
    ],
)
async def test_refuses_to_start(tmp_path, told, missing):
    """Where it could show nothing, or nobody could see it, it does not start."""
    over = await ran(tmp_path, *COMMAND, **told)

    assert (2, True) == (over.code, over.err.startswith(f"cannot start: {missing}"))


async def test_process(tmp_path, records, database_url, sealed, unused_tcp_port):
    """The command serves until it is told to stop, and then ends with 0."""
    del records
    told = {
        "FERRYMAN_CODEC_TOKENS": f"erika:{DIGEST}",
        "FERRYMAN_ENCRYPTION_KEYS": RING_TEXT,
        "FERRYMAN_CODEC_PORT": str(unused_tcp_port),
        "FERRYMAN_DATABASE_URL": database_url,
        "FERRYMAN_LOG_LEVEL": "error",
    }
    async with started(tmp_path, *COMMAND, **told) as process:
        assert process.stdout is not None
        listening = await process.stdout.readline()
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{unused_tcp_port}/decode"
            async with session.post(url, json=body(sealed), headers=HEADERS) as reply:
                answer = await reply.json()
        process.send_signal(signal.SIGTERM)
        over = await ended(process)

    assert b"codec_listening" in listening
    assert b'"Erika Beispiel"' == texts(answer)[0]
    assert '"auditor": "erika"' in over.out
    assert (0, "") == (over.code, over.err)
