"""Events from Digital River: who may send them, and that each is kept once."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client

from api.keys import METRICS
from ferryman.digital_river.signature import HEADER
from ferryman.purchase.purchase import workflow_id
from tests.api.door import SECRETS, WEBHOOKS, Door, Reply, signature
from tests.api.events import an_event, begun, heard_of
from tests.api.stand_in import Books


async def test_taken(door: Door, books: Books, new_id: str):
    """An event of one of our orders reaches its purchase, cut down to what that needs."""
    await begun(door, new_id)
    event = an_event(upstreamId=new_id, checkoutId="checkout-1", email="erika@example.com")

    reply = await door.webhook(event)

    heard = await heard_of(books, event["id"])

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
    await begun(door, new_id)
    events = [an_event(upstreamId=new_id) for _ in range(20)]

    replies = await asyncio.gather(*map(door.webhook, events))
    for event in events:
        await heard_of(books, event["id"])
    history = await temporal_client.get_workflow_handle(workflow_id(new_id)).fetch_history()
    signals = [
        event
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED
    ]

    assert [202] * 20 == [reply.status for reply in replies]
    assert len(signals) <= 10


async def test_duplicates(door: Door, books: Books, new_id: str):
    """However often an event comes, the workflow hears it once; so does a parked one."""
    await begun(door, new_id)
    ours, nobodys = an_event(upstreamId=new_id), an_event()

    replies = [await door.webhook(event) for event in (ours, nobodys) * 20]

    assert {reply.status for reply in replies} == {202}
    assert len(await heard_of(books, ours["id"])) == 1


async def test_needs_no_worker(door: Door, client: Client, new_id: str):
    """An event is durable at once while every worker is dead."""
    await client.start_workflow(
        "Purchase", an_event(), id=workflow_id(new_id), task_queue="nobody-works-here"
    )

    reply = await door.webhook(an_event(upstreamId=new_id))

    assert reply.status == 202


async def test_burst_of_copies(door: Door, books: Books, new_id: str):
    """Copies that arrive at the same moment are one signal, and all are acknowledged."""
    await begun(door, new_id)
    event, last = an_event(upstreamId=new_id), an_event(upstreamId=new_id)

    replies = await asyncio.gather(*(door.webhook(event) for _ in range(100)))
    await door.webhook(last)
    await heard_of(books, last["id"])

    assert {reply.status for reply in replies} == {202}
    assert len(await heard_of(books, event["id"])) == 1


async def test_parked_before_a_restart(door: Door, client: Client):
    """An event that another process has parked is taken again without a second parking."""
    event = an_event()
    await client.start_workflow(
        "ParkedEvent", event, id=f"parked-event/{event['id']}", task_queue="nobodys"
    )

    assert (await door.webhook(event)).status == 202


@pytest.mark.parametrize(
    "kind", ["sku.created", "customer.updated", "payout.created", "order.invented", "x" * 200]
)
async def test_unknown_types(door: Door, client: Client, kind: str):
    """A type that says nothing to purchases is acknowledged and not kept."""
    event = an_event(kind)

    reply = await door.webhook(event)

    assert reply.status == 202
    with pytest.raises(Exception, match="not found"):
        await client.get_workflow_handle(f"parked-event/{event['id']}").describe()


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("form", ["ms", "s", "iso"])
@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-298, 202), (298, 202), (302, 401)])
async def test_signatures(door: Door, secret: str, form: str, seconds: int, status: int):
    """Any of the secrets may have signed, within the tolerance to either side of now."""
    body = json.dumps(an_event("sku.created")).encode()
    moment = datetime.now(UTC) + timedelta(seconds=seconds)

    reply = await door.webhook(body, {HEADER: signature(body, secret, moment, form)})

    assert reply.status == status


def _constant(reply: Reply) -> dict[str, Any]:
    return {key: value for key, value in reply.json.items() if key != "requestId"}


async def test_one_answer_to_all_that_is_wrong(door: Door):
    """Unsigned, wrongly signed and stale requests are told nothing about which they are."""
    body = json.dumps(an_event()).encode()
    stale = signature(body, at=datetime.now(UTC) - timedelta(hours=1))
    wrong = signature(body, "whsec_of_somebody_elses_account")
    headers = ["", stale, wrong, "1, 2", signature(body)[:-1], "x" * 5000, "é, é"]

    replies = [await door.webhook(body, {HEADER: header}) for header in headers]
    bare = await door.send("POST", WEBHOOKS, scope=None, data=body)

    assert {reply.status for reply in [*replies, bare]} == {401}
    assert all(_constant(reply) == _constant(bare) for reply in replies)


async def test_counted(door: Door):
    """Webhooks are counted by what became of them."""
    before = (await door.api.app[METRICS].text()).decode()
    for _ in range(3):
        await door.webhook(an_event("sku.created"))
    await door.send("POST", WEBHOOKS, scope=None, data=b"{}")
    after = (await door.get("/metrics", scope=None)).body.decode()

    def count(text: str, outcome: str) -> float:
        name = f'ferryman_webhooks_total{{outcome="{outcome}"}} '
        return sum(float(line.removeprefix(name)) for line in text.splitlines() if name in line)

    assert count(after, "unknown_type") - count(before, "unknown_type") == 3
    assert count(after, "unauthorized") - count(before, "unauthorized") == 1
