"""To whom an event goes, and that one for nobody is parked."""

import uuid

import pytest
from temporalio.client import Client

from ferryman.purchase.purchase import workflow_id
from ferryman.records import Records, RecordsUnavailable
from tests.api.door import Door
from tests.api.events import an_event, begun, heard_of, parked, the_holder
from tests.api.stand_in import Books


async def test_owner_by_order(door: Door, books: Books, records: Records, new_id: str):
    """An event without an order number goes to the purchase that has or had its order."""
    await begun(door, new_id)
    order_id = f"order-of-{new_id}"
    await records.save(the_holder(new_id, order_id), [])
    event = an_event("order.charge.capture.complete", orderId=order_id, captures=[])

    await door.webhook(event)

    assert [owner for owner, _ in await heard_of(books, event["id"])] == [new_id]


async def test_owner_by_checkout(door: Door, books: Books, new_id: str):
    """Where nothing else is known, the checkout tells whose order it is."""
    await begun(door, new_id)
    event = an_event("order.pending_payment", checkoutId=f"checkout-{new_id}")

    await door.webhook(event)

    assert [owner for owner, _ in await heard_of(books, event["id"])] == [new_id]


async def test_order_counts_more_than_number(
    door: Door, books: Books, records: Records, new_id: str
):
    """Where order and order number lead to different purchases, the order's is meant."""
    other = f"{new_id}-other"
    await begun(door, new_id)
    await begun(door, other)
    await records.save(the_holder(new_id, f"order-of-{new_id}"), [])
    event = an_event(upstreamId=other)
    event["data"]["object"]["id"] = f"order-of-{new_id}"

    await door.webhook(event)

    assert [owner for owner, _ in await heard_of(books, event["id"])] == [new_id]


@pytest.mark.parametrize(
    "subject", [{}, {"upstreamId": "nobodys-number"}, {"upstreamId": "not a purchase's id"}]
)
async def test_nobodys(door: Door, client: Client, subject: dict[str, str]):
    """An event for nobody is taken and parked."""
    event = an_event(**subject)

    reply = await door.webhook(event)

    assert reply.status == 202
    assert await parked(client, event)


async def test_closed(door: Door, client: Client, new_id: str):
    """An event for a purchase that has ended is parked: money may have moved."""
    await begun(door, new_id)
    await client.get_workflow_handle(workflow_id(new_id)).terminate("for the test")
    event = an_event(upstreamId=new_id)

    reply = await door.webhook(event)

    assert reply.status == 202
    assert await parked(client, event)


async def test_unknown_type_about_ours(door: Door, books: Books, records: Records, new_id: str):
    """A new type of event changes nothing, though it be about an order of ours."""
    await begun(door, new_id)
    await records.save(the_holder(new_id, f"order-of-{new_id}"), [])
    before = (await door.get(f"/purchases/{new_id}")).body
    unknown, known = [
        an_event(kind, id=f"order-of-{new_id}", upstreamId=new_id)
        for kind in ("order.unknown_new_type", "order.updated")
    ]

    replies = [await door.webhook(event) for event in (unknown, known)]
    await heard_of(books, known["id"])

    heard = [event["id"] for owner, _, event in books.calls if owner == new_id]
    assert [reply.status for reply in replies] == [202, 202]
    assert heard == [known["id"]]
    assert (await door.get(f"/purchases/{new_id}")).body == before


async def test_ids_in_numbers(door: Door, books: Books, records: Records, new_id: str):
    """An order's id that is written as a number leads to its purchase all the same."""
    await begun(door, new_id)
    number = uuid.uuid4().int % 10**12
    await records.save(the_holder(new_id, str(number)), [])
    order, charge = an_event(), an_event("order.charge.failed", orderId=number, captured=False)
    order["data"]["object"]["id"] = number

    replies = [await door.webhook(event) for event in (order, charge)]

    assert [reply.status for reply in replies] == [202, 202]
    for event in (order, charge):
        assert [(owner, each["orderId"]) for owner, each in await heard_of(books, event["id"])] == [
            (new_id, str(number))
        ]


async def test_database_away(
    door: Door, books: Books, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """Without the database an event still reaches the purchase that it names, or is parked."""

    async def away(*_: object) -> None:
        raise RecordsUnavailable("away")

    await begun(door, new_id)
    monkeypatch.setattr(Records, "owner_of_order", away)
    ours, nobodys = an_event(upstreamId=new_id), an_event()

    replies = [await door.webhook(ours), await door.webhook(nobodys)]

    assert [reply.status for reply in replies] == [202, 202]
    assert [owner for owner, _ in await heard_of(books, ours["id"])] == [new_id]
