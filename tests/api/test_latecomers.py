import asyncio
import sqlite3
import time
import uuid
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api.delivery import LATE_EVENT
from ferryman.purchase.documents import Document, DocumentKind
from ferryman.purchase.purchase import Order, Purchase, workflow_id
from ferryman.purchase.states import State
from ferryman.purchase.timeline import EntryKind, TimelineEntry
from ferryman.records import Records
from ferryman.records.engine import writing
from ferryman.records.tables import purchases
from tests.api.door import Door, request

_INVOICE = Document(kind=DocumentKind.INVOICE, file_id="file-1", url="https://example.com/1")
_NAMELESS = Document(kind=DocumentKind.INVOICE, url="https://example.com/0")
_MEMO = Document(kind=DocumentKind.CREDIT_MEMO, file_id="file-2", url="https://example.com/2")


async def _closed(
    door: Door, records: Records, client: Client, purchase_id: str, **changes: Any
) -> Purchase:
    assert (await door.open(request(upstreamId=purchase_id))).status == 201
    await client.get_workflow_handle(workflow_id(purchase_id)).terminate("its flow is over")
    now = datetime.now(UTC)
    told: dict[str, Any] = {
        "state": State.COMPLETE,
        "order": Order(id=f"order-of-{purchase_id}", state="complete"),
        "documents": (_INVOICE,),
    }
    purchase = Purchase(
        id=purchase_id,
        version=50,
        created_time=now,
        updated_time=now,
        items=(),
        **(told | changes),
    )
    await records.save(purchase, [])
    return purchase


def _event(kind: str, purchase: Purchase, **subject: Any) -> dict[str, Any]:
    order_id = f"order-of-{purchase.id}"
    about = {"id": order_id} if "fileId" not in subject else {"orderId": order_id}
    return {
        "id": uuid.uuid4().hex,
        "type": kind,
        "data": {"object": {"upstreamId": purchase.id, **about, **subject}},
        "liveMode": False,
        "createdTime": "2026-11-01T18:23:06.272054Z",
        "digitalriverVersion": "2021-12-13",
    }


async def _parked(client: Client, event: dict[str, Any]) -> bool:
    try:
        await client.get_workflow_handle(f"parked-event/{event['id']}").describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return True


async def _write(records: Records, purchase_id: str, document: str) -> None:
    ours = update(purchases).where(purchases.c.id == purchase_id)
    async with writing(records.engine) as connection:
        await connection.execute(ours.values(document=document))


async def _told(records: Records, purchase_id: str) -> list[str]:
    return [entry.detail["id"] for entry in await records.timeline(purchase_id)]


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("order.accepted", {}),
        ("order.pending_payment", {}),
        ("order.review_opened", {}),
        ("order.fulfilled", {}),
        ("order.complete", {}),
        ("order.invoice.created", {"fileId": "file-1", "id": "file-1"}),
    ],
)
async def test_old(
    door: Door, records: Records, client: Client, new_id: str, kind: str, subject: dict[str, str]
):
    """What a complete purchase's record shows already costs no workflow, and is in the timeline."""
    purchase = await _closed(door, records, client, new_id)
    event = _event(kind, purchase, **subject)

    reply = await door.webhook(event)
    record = await records.get(new_id)

    assert reply.status == 202
    assert not await _parked(client, event)
    assert await _told(records, new_id) == [event["id"]]
    assert record is not None
    assert record.version == purchase.version + 1


@pytest.mark.parametrize(
    ("kind", "subject", "changes"),
    [
        ("order.charge.capture.complete", {}, {}),
        ("order.cancelled", {}, {}),
        ("order.dispute", {}, {}),
        ("order.refunded", {}, {}),
        ("order.complete", {"id": "another-order"}, {}),
        ("order.complete", {}, {"documents": ()}),
        ("order.complete", {}, {"documents": (_MEMO,)}),
        ("order.complete", {}, {"state": State.DISPUTED}),
        ("order.accepted", {}, {"state": State.CANCELLED}),
        ("order.accepted", {}, {"order": None}),
        ("order.invoice.created", {"fileId": "file-3", "id": "file-3"}, {}),
        ("order.invoice.created", {}, {"documents": (_NAMELESS,)}),
    ],
)
async def test_perhaps_news(
    door: Door,
    records: Records,
    client: Client,
    new_id: str,
    kind: str,
    subject: dict[str, str],
    changes: dict[str, Any],
):
    """An event that may say something to a closed purchase is looked into by a workflow."""
    purchase = await _closed(door, records, client, new_id, **changes)
    event = _event(kind, purchase, **subject)

    reply = await door.webhook(event)

    assert reply.status == 202
    assert await _parked(client, event)
    assert await _told(records, new_id) == []


async def test_old_at_once(door: Door, records: Records, client: Client, new_id: str):
    """Old events that come at the same moment are each in the timeline, or parked: none is lost."""
    purchase = await _closed(door, records, client, new_id)
    events = [_event("order.complete", purchase) for _ in range(10)]

    replies = await asyncio.gather(*map(door.webhook, events))
    told = await _told(records, new_id)
    parked = [event["id"] for event in events if await _parked(client, event)]
    sequences = [entry.sequence for entry in await records.timeline(new_id)]

    assert {reply.status for reply in replies} == {202}
    assert sorted(told + parked) == sorted(event["id"] for event in events)
    assert sequences == list(range(1, len(told) + 1))


async def test_old_again(door: Door, records: Records, client: Client, new_id: str):
    """An old event that another process has kept changes nothing when it comes again."""
    purchase = await _closed(door, records, client, new_id)
    event = _event("order.complete", purchase)
    entry = TimelineEntry(
        sequence=1,
        time=purchase.updated_time,
        kind=EntryKind.EVENT,
        name="order.complete",
        detail={"id": event["id"]},
    )
    await records.save(purchase, [entry])
    before = await records.get(new_id)

    reply = await door.webhook(event)

    assert reply.status == 202
    assert await records.get(new_id) == before
    assert not await _parked(client, event)


async def test_old_while_another_writes(door: Door, records: Records, client: Client, new_id: str):
    """Where somebody else is just writing, old events are taken in time, and few wait behind it."""
    purchase = await _closed(door, records, client, new_id)
    events = [_event("order.complete", purchase) for _ in range(10)]
    with closing(sqlite3.connect(str(records.engine.url.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        replies = await asyncio.gather(*map(door.webhook, events))
        seconds = time.monotonic() - began
        waiting = [task for task in asyncio.all_tasks() if task.get_name() == LATE_EVENT]
        other.execute("COMMIT")
    await asyncio.gather(*waiting)

    assert {reply.status for reply in replies} == {202}
    assert seconds < 2
    assert all([await _parked(client, event) for event in events])
    assert 0 < len(waiting) <= 4
    assert len(await _told(records, new_id)) == 1


async def test_record_that_nobody_can_read(
    door: Door, records: Records, client: Client, new_id: str
):
    """A late event for a record that is broken is parked, where operators see it."""
    purchase = await _closed(door, records, client, new_id)
    event = _event("order.complete", purchase)
    await _write(records, new_id, "{}")

    reply = await door.webhook(event)
    # Other tests list all that there is.
    await _write(records, new_id, purchase.model_dump_json(by_alias=True))

    assert reply.status == 202
    assert await _parked(client, event)
