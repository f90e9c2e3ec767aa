"""The bytes of a webhook: what was signed, what is no event, what does not come to its end."""

import asyncio
import gzip
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from temporalio.client import Client

from api.keys import UNVERIFIED
from ferryman.digital_river.signature import HEADER
from tests.api.door import SECRETS, WEBHOOKS, Door, signature
from tests.api.events import an_event
from tests.api.raw import connected, exchange, status_of

EDITS: dict[str, tuple[Callable[[bytes], bytes], dict[str, str], int]] = {
    "as it was": (bytes, {}, 202),
    "a space more": (lambda body: body.replace(b": ", b":  ", 1), {}, 401),
    "keys in another order": (
        lambda body: json.dumps(dict(reversed(json.loads(body).items()))).encode(),
        {},
        401,
    ),
    "CR LF behind": (lambda body: body + b"\r\n", {}, 401),
    "a new line behind": (lambda body: body + b"\n", {}, 401),
    "a byte order mark": (lambda body: b"\xef\xbb\xbf" + body, {}, 401),
    "an escape": (lambda body: body.replace(b"order", b"\\u006frder"), {}, 401),
    "one bit": (lambda body: bytes([body[0] ^ 1, *body[1:]]), {}, 401),
    "empty": (lambda _: b"", {}, 401),
    "gzip": (gzip.compress, {"Content-Encoding": "gzip"}, 415),
    "identity": (bytes, {"Content-Encoding": "identity"}, 202),
    "plain text": (bytes, {"Content-Type": "text/plain"}, 415),
    "JSON with a charset": (bytes, {"Content-Type": "application/json; charset=UTF-8"}, 202),
}


@pytest.mark.parametrize("edit", EDITS)
async def test_edits(door: Door, edit: str):
    """What was signed is the bytes: any edit of them is refused, and nothing is inflated."""
    change, headers, status = EDITS[edit]
    body = json.dumps(an_event("sku.created")).encode()

    reply = await door.send(
        "POST",
        WEBHOOKS,
        scope=None,
        data=change(body),
        headers={HEADER: signature(body), **headers},
    )

    assert reply.status == status


WRONG = "whsec_of_somebody_elses_account"


@pytest.mark.parametrize(
    ("name", "signers", "status"),
    [
        ("digitalriver-signature", [SECRETS[0]], 202),
        (HEADER, [SECRETS[0]] * 2, 202),
        (HEADER, [SECRETS[0], WRONG], 202),
        (HEADER, [WRONG, SECRETS[0]], 401),
    ],
)
async def test_header_names(door: Door, name: str, signers: list[str], status: int):
    """The header's case does not matter; where it is doubled, its first timestamp is the one."""
    body = json.dumps(an_event("sku.created")).encode()
    moment = datetime.now(UTC)
    lines = [
        f"{name}: {signature(body, signer, moment + timedelta(seconds=number))}"
        for number, signer in enumerate(signers)
    ]
    head = [
        f"POST {WEBHOOKS} HTTP/1.1",
        "Host: a",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *lines,
    ]

    answer = await exchange(door, "\r\n".join([*head, "", ""]).encode() + body)

    assert status_of(answer) == status


@pytest.mark.parametrize(
    ("body", "key"),
    [
        (b"", "body"),
        (b"nonsense", "body"),
        (b"[]", "body"),
        (b"[" * 50_000, "body"),
        (b"\xff\xfe", "body"),
        (b'{"type": "order.accepted", "data": {"object": {"id": "1"}}}', "id"),
        (b'{"id": "1", "data": {"object": {"id": "1"}}}', "type"),
        (b'{"id": "1", "type": "order.accepted"}', "data"),
        (b'{"id": "1", "type": "order.accepted", "data": {"object": {}}}', "data.object.id"),
        (b'{"id": "a b", "type": "order.accepted", "data": {"object": {"id": "1"}}}', "id"),
        (
            json.dumps(
                {"id": "1", "type": "order.accepted", "data": {"object": {"id": "9" * 200}}}
            ).encode(),
            "order",
        ),
    ],
)
async def test_malformed(door: Door, body: bytes, key: str):
    """Signed but no event: 400, with a message that names the key."""
    reply = await door.webhook(body)

    assert (reply.status, reply.problem) == (400, "invalid-request")
    assert key in reply.json["detail"]


async def test_too_large(door: Door):
    """Over 256 KiB is 413, however well it is signed."""
    reply = await door.webhook(b" " * (256 * 1024 + 1))

    assert (reply.status, reply.problem) == (413, "too-large")


async def test_large_event_is_cut_down(door: Door, client: Client):
    """What is kept of an event of 256 KiB is under 2 kB: no personal data, no large history."""
    event = an_event(notes="x" * 250_000)

    assert (await door.webhook(event)).status == 202

    handle = client.get_workflow_handle(f"parked-event/{event['id']}")
    history = await handle.fetch_history()
    started = history.events[0].workflow_execution_started_event_attributes
    assert len(started.input.payloads[0].data) < 2048


def _unfinished(sent: bytes, *signatures: str) -> bytes:
    """A webhook of which a byte is missing."""
    head = [
        f"POST {WEBHOOKS} HTTP/1.1",
        "Host: a",
        "Content-Type: application/json",
        f"Content-Length: {len(sent) + 1}",
        *(f"{HEADER}: {each}" for each in signatures),
    ]
    return "\r\n".join([*head, "", ""]).encode() + sent


async def test_half_sent(door: Door):
    """A body that is not whole after two seconds is 408, within two seconds."""
    began = time.monotonic()

    async with asyncio.timeout(10):
        answer = await exchange(door, _unfinished(b"{", signature(b"{")))

    assert status_of(answer) == 408
    assert 1.8 <= time.monotonic() - began < 3.5


@pytest.mark.parametrize("header", ["", "1, 2", "stale"])
async def test_not_waited_for(door: Door, header: str):
    """A body that no signature can be right for is refused before it is there."""
    stale = signature(b"{", at=datetime.now(UTC) - timedelta(hours=1))
    sent = _unfinished(b"{" * 1000, *([stale if header == "stale" else header] if header else []))
    began = time.monotonic()
    async with connected(door) as (reader, writer):
        writer.write(sent)
        answer = await reader.readline()

    assert status_of(answer) == 401
    assert time.monotonic() - began < 1.5


async def test_many_unfinished(door: Door, monkeypatch: pytest.MonkeyPatch):
    """Bodies that nobody has signed yet share a budget; what is beyond it is to come again."""
    budget, body = door.api.app[UNVERIFIED], b" " * 100_000
    monkeypatch.setattr(budget, "left", 1_000_000)
    sent = _unfinished(body, signature(body))

    answers = await asyncio.gather(*(exchange(door, sent) for _ in range(30)))

    beyond = [each for each in answers if status_of(each) == 503]
    assert {status_of(each) for each in answers} == {408, 503}
    assert len(beyond) >= 20
    assert all(b"\r\nRetry-After: 1\r\n" in each for each in beyond)
    assert budget.left == 1_000_000
    assert (await door.webhook(an_event("sku.created"))).status == 202


hostile_bytes = st.one_of(
    st.binary(max_size=200),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    ).map(lambda document: json.dumps(document).encode()),
    st.fixed_dictionaries(
        {},
        optional={
            "id": st.text() | st.integers(),
            "type": st.sampled_from(["order.accepted", "refund.failed", "sku.x"]) | st.text(),
            "data": st.dictionaries(
                st.just("object"),
                st.dictionaries(
                    st.sampled_from(["id", "orderId", "upstreamId", "orderDetails"]),
                    st.text() | st.integers() | st.dictionaries(st.text(), st.text()),
                ),
            ),
            "createdTime": st.text() | st.integers(),
        },
    ).map(lambda document: json.dumps(document).encode()),
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=hostile_bytes, signed=st.booleans())
async def test_hostile(door: Door, body: bytes, signed: bool):  # noqa: FBT001 - generated
    """Whatever is sent, signed or not, is answered by one of the contract's codes."""
    headers = {HEADER: signature(body)} if signed else {}

    reply = await door.send("POST", WEBHOOKS, scope=None, data=body, headers=headers)

    assert reply.status in ({202, 400} if signed else {401})
