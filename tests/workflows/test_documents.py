"""Invoices and credit memos: one public link each, and never the address that needs our key."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs
from temporalio.common import WorkflowIDReusePolicy

from activities.documents import DocumentActivities, LinkFile
from ferryman.purchase.documents import DocumentKind
from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.purchase.readings import DocumentFile
from ferryman.purchase.states import State
from tests.workflows.strangers import refund_all
from workflows.parked_event import ParkedEvent

INVOICED = "order.invoice.created"
REFUSING = {"method": "GET", "path": "/file-links", "kind": "status", "status": 503}
WHOLE = (("1", 2, 0), ("2", 3, 0))


def event(name: str, order_id: str, file_id: str, number: int = 1) -> ProviderEvent:
    """An event that a document is there."""
    return ProviderEvent(
        id=f"{name}-{file_id}-{number}",
        name=name,
        hint=Hint.DOCUMENT,
        order_id=order_id,
        file_id=file_id,
    )


async def park(shop, told: ProviderEvent):
    """Park an event as the API does."""
    return await shop.temporal.client.start_workflow(
        ParkedEvent.run,
        told,
        id=f"parked-event/{told.id}",
        task_queue=shop.task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )


async def invoiced(shop) -> tuple:
    """A purchase whose order has its invoice, and the invoice's file."""
    shopper = await shop.begin(policy={"poll_interval": timedelta(days=1)})
    await shopper.order()
    await shopper.ship("parcel-1", *WHOLE)
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0].get("invoicePDFs"))
    return shopper, (await shopper.ledger())["orders"][0]["invoicePDFs"][0]["id"]


async def links(shop, file_id: str) -> list[str]:
    """The addresses of all links to a file at Digital River."""
    return [link.url for link in (await shop.digital_river.list_file_links(file_id)).data]


async def test_invoice_of_a_running_purchase_is_linked_before_it_closes(shop):
    """What the order shows when the purchase completes is linked, and then it closes."""
    shopper, file_id = await invoiced(shop)
    await shopper.tell("order.complete", Hint.COMPLETE)
    await shopper.handle.result()
    record = await shopper.record()

    assert [(DocumentKind.INVOICE, file_id)] == [(d.kind, d.file_id) for d in record.documents]
    assert await links(shop, file_id) == [document.url for document in record.documents]
    assert timedelta(days=89) < record.documents[0].expires_time - datetime.now(UTC)


async def test_link_is_public_and_the_files_own_address_stays_here(shop):
    """Nobody who reads the purchase sees an address that takes our key."""
    shopper, file_id = await invoiced(shop)
    await shopper.tell("order.complete", Hint.COMPLETE)
    await shopper.handle.result()
    shown = (await shopper.record()).model_dump_json()
    timeline = [entry.model_dump_json() for entry in await shop.records.timeline(shopper.id)]

    assert f"files/{file_id}" not in shown + "".join(timeline)
    assert "/links/" in shown


async def test_closed_purchase_gets_its_documents(shop):
    """Invoice and credit memo mostly come after the end; both are shown, each once."""
    shopper = await shop.begin(policy={"poll_interval": timedelta(days=1)})
    await shopper.variant(settleDelay="PT1.5S")
    await shopper.order()
    await shopper.ship("parcel-1", *WHOLE)
    await shopper.settled_as("complete")
    await shopper.tell("order.complete", Hint.COMPLETE)
    await shopper.handle.result()
    before = await shopper.record()
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0].get("invoicePDFs"))
    order = (await shopper.ledger())["orders"][0]
    invoice = order["invoicePDFs"][0]["id"]
    told = [event(INVOICED, order["id"], invoice, number) for number in range(3)]
    handles = await asyncio.gather(*(park(shop, each) for each in told))
    await asyncio.gather(*(handle.result() for handle in handles))
    await refund_all(shopper)
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0].get("creditMemoPDFs"))
    memo = (await shopper.ledger())["orders"][0]["creditMemoPDFs"][0]["id"]
    await (await park(shop, event("order.credit_memo.created", order["id"], memo))).result()
    record = await shopper.record()

    assert () == before.documents
    assert [(DocumentKind.INVOICE, invoice), (DocumentKind.CREDIT_MEMO, memo)] == [
        (document.kind, document.file_id) for document in record.documents
    ]


async def test_document_that_the_order_does_not_show_yet_is_linked_by_its_event(shop):
    """The event names the file, whatever the order says of it."""
    shopper = await shop.begin()
    await shopper.order()
    _, file_id = await invoiced(shop)
    await shopper.handle.signal(
        "provider_events", [event(INVOICED, await shopper.order_id(), file_id)]
    )
    record = await shop.until(shopper, lambda record: record.documents)

    assert [file_id] == [document.file_id for document in record.documents]


async def test_link_that_fails_within_a_look_is_told_and_made_by_itself(shop):
    """The log names purchase, order and file and nobody; a step of its own links the file then."""
    shopper, file_id = await invoiced(shop)
    await shop.control("POST", "faults", {**REFUSING, "times": 1})
    with capture_logs() as logs:
        await shopper.tell("order.complete", Hint.COMPLETE)
        await shopper.handle.result()
    told = [entry for entry in logs if entry["event"] == "documents_not_linked"]
    record = await shopper.record()

    said = {"purchase_id": shopper.id, "order_id": record.order.id, "file_ids": [file_id]}
    level = {"event": "documents_not_linked", "log_level": "warning"}
    assert [{**level, **said, "cause": "Unavailable"}] == told
    assert [file_id] == [document.file_id for document in record.documents]


async def test_file_that_is_not_ready_holds_nothing_up(shop):
    """The parcel goes out while the link is asked for again and again."""
    shopper = await shop.begin()
    await shopper.order()
    told = event(INVOICED, await shopper.order_id(), "none")
    await shopper.handle.signal("provider_events", [told])
    await shop.until_names(shopper, INVOICED)
    answer = await shopper.ship("parcel-1", ("1", 1, 0))
    record = await shopper.record()

    assert answer.done
    assert () == record.documents
    assert State.ACCEPTED is record.state
    asked = [call["path"] for call in (await shop.control("GET", "ledger"))["requests"]]
    assert "/file-links" in asked


@pytest.mark.parametrize("status", [404, 405])
async def test_digital_river_without_a_list_of_links_still_links(shop, status):
    """The list only saves a second link; where it is not to be had, there is one all the same."""
    shopper, file_id = await invoiced(shop)
    await shop.control("POST", "faults", {**REFUSING, "status": status, "times": 0})
    await shopper.tell("order.complete", Hint.COMPLETE)
    await shopper.handle.result()
    record = await shopper.record()

    assert [file_id] == [document.file_id for document in record.documents]


@pytest.mark.parametrize("age", [timedelta(days=90), timedelta(hours=1)])
async def test_one_file_has_one_link(shop, age):
    """A step that runs again finds the link that it has made."""
    _, file_id = await invoiced(shop)
    activities = DocumentActivities(shop.digital_river, age)
    file = DocumentFile(kind=DocumentKind.INVOICE, file_id=file_id)
    made = [await activities._link(file) for _ in range(2)]  # noqa: SLF001 - without Temporal

    assert made[0] == made[1]
    assert [made[0].url] == await links(shop, LinkFile(purchase_id="p", file=file).file.file_id)
