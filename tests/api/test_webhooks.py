import asyncio
import gzip
import json
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus

from api.keys import METRICS, UNVERIFIED
from ferryman.digital_river.signature import HEADER
from ferryman.purchase.purchase import Checkout, Order, Purchase, workflow_id
from ferryman.purchase.states import State
from ferryman.records import Records, RecordsUnavailable
from tests.api.door import SECRETS, WEBHOOKS, Door, Reply, request, signature
from tests.api.raw import connected, exchange, status_of
from tests.api.stand_in import Books


def _event(kind: str = "order.accepted", **subject: Any) -> dict[str, Any]:
    return {
        "id": uuid.uuid4().hex,
        "type": kind,
        "data": {"object": {"id": f"order-{uuid.uuid4().hex[:8]}", **subject}},
        "liveMode": False,
        "createdTime": "2026-11-01T18:23:06.272054Z",
        "digitalriverVersion": "2021-12-13",
    }


async def _open(door: Door, purchase_id: str) -> None:
    assert (await door.open(request(upstreamId=purchase_id))).status == 201


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def _heard(books: Books, event_id: str) -> list[tuple[str, Any]]:
    def found() -> list[tuple[str, Any]]:
        return [
            (purchase_id, event)
            for purchase_id, call, event in books.calls
            if call == "provider_event" and event["id"] == event_id
        ]

    await _until(lambda: bool(found()))
    return found()


async def _parked(client: Client, event: dict[str, Any]) -> bool:
    handle = client.get_workflow_handle(f"parked-event/{event['id']}")
    return (await handle.describe()).status is not WorkflowExecutionStatus.TERMINATED


async def test_taken(door: Door, books: Books, new_id: str):
    """An event of one of our orders reaches its purchase, cut down to what that needs."""
    await _open(door, new_id)
    event = _event(upstreamId=new_id, checkoutId="checkout-1", email="erika@example.com")

    reply = await door.webhook(event)

    heard = await _heard(books, event["id"])

    assert (reply.status, reply.body) == (202, b"")
    assert [
        (owner, {key: value for key, value in told.items() if value}) for owner, told in heard
    ] == [
        (
            new_id,
            {
                "id": event["id"],
                "name": "order.accepted",
                "hint": "accepted",
                "orderId": event["data"]["object"]["id"],
                "upstreamId": new_id,
                "checkoutId": "checkout-1",
                "createdTime": "2026-11-01T18:23:06.272Z",
            },
        )
    ]


async def test_together(door: Door, books: Books, new_id: str, temporal_client: Client):
    """Events of one purchase that come together share signals, and all are heard."""
    await _open(door, new_id)
    events = [_event(upstreamId=new_id) for _ in range(20)]

    replies = await asyncio.gather(*map(door.webhook, events))
    for event in events:
        await _heard(books, event["id"])
    history = await temporal_client.get_workflow_handle(workflow_id(new_id)).fetch_history()
    signals = [
        event
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    ]

    assert [202] * 20 == [reply.status for reply in replies]
    assert len(signals) <= 10


async def test_owner_by_order(door: Door, books: Books, records: Records, new_id: str):
    """An event without an order number goes to the purchase that has or had its order."""
    await _open(door, new_id)
    order_id = f"order-of-{new_id}"
    await records.save(_holder(new_id, order_id), [])
    event = _event("order.charge.capture.complete", orderId=order_id, captures=[])

    await door.webhook(event)

    assert [owner for owner, _ in await _heard(books, event["id"])] == [new_id]


async def test_owner_by_checkout(door: Door, books: Books, new_id: str):
    """Where nothing else is known, the checkout tells whose order it is."""
    await _open(door, new_id)
    event = _event("order.pending_payment", checkoutId=f"checkout-{new_id}")

    await door.webhook(event)

    assert [owner for owner, _ in await _heard(books, event["id"])] == [new_id]


async def test_order_counts_more_than_number(
    door: Door, books: Books, records: Records, new_id: str
):
    """Where order and order number lead to different purchases, the order's is meant."""
    other = f"{new_id}-other"
    await _open(door, new_id)
    await _open(door, other)
    await records.save(_holder(new_id, f"order-of-{new_id}"), [])
    event = _event(upstreamId=other)
    event["data"]["object"]["id"] = f"order-of-{new_id}"

    await door.webhook(event)

    assert [owner for owner, _ in await _heard(books, event["id"])] == [new_id]


@pytest.mark.parametrize(
    "subject", [{}, {"upstreamId": "nobodys-number"}, {"upstreamId": "not a purchase's id"}]
)
async def test_nobodys(door: Door, client: Client, subject: dict[str, str]):
    """An event for nobody is taken and parked."""
    event = _event(**subject)

    reply = await door.webhook(event)

    assert reply.status == 202
    assert await _parked(client, event)


async def test_closed(door: Door, client: Client, new_id: str):
    """An event for a purchase that has ended is parked: money may have moved."""
    await _open(door, new_id)
    await client.get_workflow_handle(workflow_id(new_id)).terminate("for the test")
    event = _event(upstreamId=new_id)

    reply = await door.webhook(event)

    assert reply.status == 202
    assert await _parked(client, event)


async def test_duplicates(door: Door, books: Books, new_id: str):
    """However often an event comes, the workflow hears it once; so does a parked one."""
    await _open(door, new_id)
    ours, nobodys = _event(upstreamId=new_id), _event()

    replies = [await door.webhook(event) for event in (ours, nobodys) * 20]

    assert {reply.status for reply in replies} == {202}
    assert len(await _heard(books, ours["id"])) == 1


async def test_needs_no_worker(door: Door, client: Client, new_id: str):
    """An event is durable at once while every worker is dead."""
    await client.start_workflow(
        "Purchase", _event(), id=workflow_id(new_id), task_queue="nobody-works-here"
    )

    reply = await door.webhook(_event(upstreamId=new_id))

    assert reply.status == 202


async def test_burst_of_copies(door: Door, books: Books, new_id: str):
    """Copies that arrive at the same moment are one signal, and all are acknowledged."""
    await _open(door, new_id)
    event, last = _event(upstreamId=new_id), _event(upstreamId=new_id)

    replies = await asyncio.gather(*(door.webhook(event) for _ in range(100)))
    await door.webhook(last)
    await _heard(books, last["id"])

    assert {reply.status for reply in replies} == {202}
    assert len(await _heard(books, event["id"])) == 1


async def test_parked_before_a_restart(door: Door, client: Client):
    """An event that another process has parked is taken again without a second parking."""
    event = _event()
    await client.start_workflow(
        "ParkedEvent", event, id=f"parked-event/{event['id']}", task_queue="nobodys"
    )

    assert (await door.webhook(event)).status == 202


@pytest.mark.parametrize(
    "kind", ["sku.created", "customer.updated", "payout.created", "order.invented", "x" * 200]
)
async def test_unknown_types(door: Door, client: Client, kind: str):
    """A type that says nothing to purchases is acknowledged and not kept."""
    event = _event(kind)

    reply = await door.webhook(event)

    assert reply.status == 202
    with pytest.raises(Exception, match="not found"):
        await client.get_workflow_handle(f"parked-event/{event['id']}").describe()


async def test_unknown_type_about_ours(door: Door, books: Books, records: Records, new_id: str):
    """A new type of event changes nothing, though it be about an order of ours."""
    await _open(door, new_id)
    await records.save(_holder(new_id, f"order-of-{new_id}"), [])
    before = (await door.get(f"/purchases/{new_id}")).body
    unknown, known = [
        _event(kind, id=f"order-of-{new_id}", upstreamId=new_id)
        for kind in ("order.unknown_new_type", "order.updated")
    ]

    replies = [await door.webhook(event) for event in (unknown, known)]
    await _heard(books, known["id"])

    heard = [event["id"] for owner, _, event in books.calls if owner == new_id]
    assert [reply.status for reply in replies] == [202, 202]
    assert heard == [known["id"]]
    assert (await door.get(f"/purchases/{new_id}")).body == before


async def test_ids_in_numbers(door: Door, books: Books, records: Records, new_id: str):
    """An order's id that is written as a number leads to its purchase all the same."""
    await _open(door, new_id)
    number = uuid.uuid4().int % 10**12
    await records.save(_holder(new_id, str(number)), [])
    order, charge = _event(), _event("order.charge.failed", orderId=number, captured=False)
    order["data"]["object"]["id"] = number

    replies = [await door.webhook(event) for event in (order, charge)]

    assert [reply.status for reply in replies] == [202, 202]
    for event in (order, charge):
        assert [(owner, each["orderId"]) for owner, each in await _heard(books, event["id"])] == [
            (new_id, str(number))
        ]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("form", ["ms", "s", "iso"])
@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-298, 202), (298, 202), (302, 401)])
async def test_signatures(door: Door, secret: str, form: str, seconds: int, status: int):
    """Any of the secrets may have signed, within the tolerance to either side of now."""
    body = json.dumps(_event("sku.created")).encode()
    moment = datetime.now(UTC) + timedelta(seconds=seconds)

    reply = await door.webhook(body, {HEADER: signature(body, secret, moment, form)})

    assert reply.status == status


def _constant(reply: Reply) -> dict[str, Any]:
    return {key: value for key, value in reply.json.items() if key != "requestId"}


async def test_one_answer_to_all_that_is_wrong(door: Door):
    """Unsigned, wrongly signed and stale requests are told nothing about which they are."""
    body = json.dumps(_event()).encode()
    stale = signature(body, at=datetime.now(UTC) - timedelta(hours=1))
    wrong = signature(body, "whsec_of_somebody_elses_account")
    headers = ["", stale, wrong, "1, 2", signature(body)[:-1], "x" * 5000, "é, é"]

    replies = [await door.webhook(body, {HEADER: header}) for header in headers]
    bare = await door.send("POST", WEBHOOKS, scope=None, data=body)

    assert {reply.status for reply in [*replies, bare]} == {401}
    assert all(_constant(reply) == _constant(bare) for reply in replies)


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
    body = json.dumps(_event("sku.created")).encode()

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
    body = json.dumps(_event("sku.created")).encode()
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
    event = _event(notes="x" * 250_000)

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
    assert (await door.webhook(_event("sku.created"))).status == 202


async def test_database_away(
    door: Door, books: Books, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """Without the database an event still reaches the purchase that it names, or is parked."""

    async def away(*_: object) -> None:
        raise RecordsUnavailable("away")

    await _open(door, new_id)
    monkeypatch.setattr(Records, "owner_of_order", away)
    ours, nobodys = _event(upstreamId=new_id), _event()

    replies = [await door.webhook(ours), await door.webhook(nobodys)]

    assert [reply.status for reply in replies] == [202, 202]
    assert [owner for owner, _ in await _heard(books, ours["id"])] == [new_id]


async def test_counted(door: Door):
    """Webhooks are counted by what became of them."""
    before = (await door.api.app[METRICS].text()).decode()
    for _ in range(3):
        await door.webhook(_event("sku.created"))
    await door.send("POST", WEBHOOKS, scope=None, data=b"{}")
    after = (await door.get("/metrics", scope=None)).body.decode()

    def count(text: str, outcome: str) -> float:
        name = f'ferryman_webhooks_total{{outcome="{outcome}"}} '
        return sum(float(line.removeprefix(name)) for line in text.splitlines() if name in line)

    assert count(after, "unknown_type") - count(before, "unknown_type") == 3
    assert count(after, "unauthorized") - count(before, "unauthorized") == 1


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


def _holder(purchase_id: str, order_id: str) -> Purchase:
    now = datetime.now(UTC)
    return Purchase(
        id=purchase_id,
        state=State.ACCEPTED,
        version=50,
        created_time=now,
        updated_time=now,
        checkout=Checkout(id=f"checkout-{purchase_id}", currency="EUR"),
        order=Order(id=order_id, state="accepted"),
        items=(),
    )
