"""Orders that Digital River makes by itself become purchases, one each, and live on like any."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from temporalio.common import WorkflowIDReusePolicy

from ferryman.digital_river.events import read_event
from ferryman.provider_events import translate
from ferryman.purchase.messages import Hint, ProviderEvent, ShipmentItem
from ferryman.purchase.purchase import workflow_id
from ferryman.purchase.states import CancelReason, State
from ferryman.purchase.timeline import EntryKind
from ferryman.search_attributes import NEEDS_ATTENTION
from tests.workflows.conftest import POLL_SECONDS, Shopper
from workflows.parked_event import ParkedEvent
from workflows.purchase import Purchase

MADE = "checkout_session.order.created"
SESSION = {
    "currency": "EUR",
    "taxInclusive": False,
    "items": [
        {"skuId": "boots", "quantity": 2, "price": 10},
        {"skuId": "laces", "quantity": 3, "price": Decimal("1.5"), "metadata": {"lineId": "l-2"}},
    ],
    "shipFrom": {"address": {"country": "DE"}},
}


NAMED = {
    "twice": ["l", "l"],
    "too long": ["x" * 65, "b"],
    "empty": ["", "b"],
}


async def bought(shop, number: str | None = None, **choices) -> str:
    """Buy at Digital River's own checkout; give the order's id."""
    request = SESSION | ({"upstreamId": number} if number else {})
    session = await shop.digital_river.create_checkout_session(request)
    order = await shop.control("POST", f"checkout-sessions/{session.id}/buy", choices)
    return str(order["id"])


async def told(shop, order_id: str) -> ProviderEvent:
    """The event that Digital River makes of that order."""
    ledger = await shop.control("GET", "ledger")
    documents = [each["event"] for each in ledger["events"]]
    events = map(read_event, documents)
    made = next(each for each in events if (each.type, each.order_id) == (MADE, order_id))
    message = translate(made)
    assert message is not None
    return message


async def park(shop, event: ProviderEvent):
    """Park an event as the API does."""
    return await shop.temporal.client.start_workflow(
        ParkedEvent.run,
        event,
        id=f"parked-event/{event.id}",
        task_queue=shop.task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )


async def adopted(shop, order_id: str) -> Shopper:
    """The purchase that the order has become."""
    handle = await park(shop, await told(shop, order_id))
    purchase_id = await handle.result()
    handle = shop.temporal.client.get_workflow_handle_for(Purchase.run, workflow_id(purchase_id))
    shopper = Shopper(shop, purchase_id, handle)
    await shop.until_recorded(shopper, lambda record: record.order is not None)
    return shopper


async def lines(shopper) -> list[tuple[str, int, int]]:
    """All that is open, as a parcel would hold it."""
    return [(line.line_id, line.open, 0) for line in (await shopper.record()).items]


async def test_order_becomes_a_purchase_that_ships_and_completes(shop):
    """It is accepted as the order stands, shows what was charged, and goes the usual way."""
    order_id = await bought(shop, f"{shop.task_queue}-made")
    shopper = await adopted(shop, order_id)
    record = await shopper.until(State.ACCEPTED)
    await shopper.ship("parcel-1", *await lines(shopper))
    await shopper.settled_as("complete")
    await shopper.tell("order.complete", Hint.COMPLETE)
    end = await shopper.handle.result()
    timeline = await shop.records.timeline(shopper.id)
    made = next(entry for entry in timeline if entry.kind is EntryKind.EVENT)

    assert (f"{shop.task_queue}-made", State.COMPLETE) == (shopper.id, end)
    assert order_id == record.order.id
    assert record.checkout.total_amount == sum(
        [record.checkout.subtotal, record.checkout.total_tax]
    )
    assert [2, 3] == [line.quantity for line in record.items]
    assert "l-2" == record.items[1].line_id
    assert (MADE, True) == (made.name, made.detail["consents"]["termsOfSale"])
    assert made.detail["checkoutSessionId"]
    assert "erika" not in record.model_dump_json()


async def test_however_often_it_is_told_it_is_one_purchase(shop):
    """Copies under other ids, at once or after its end, begin nothing."""
    order_id = await bought(shop)
    event = await told(shop, order_id)
    copies = [event.model_copy(update={"id": f"{event.id}-{number}"}) for number in range(4)]
    handles = await asyncio.gather(*(park(shop, each) for each in copies))
    owners = await asyncio.gather(*(handle.result() for handle in handles))
    shopper = await adopted(shop, order_id)
    query = f"WorkflowType = 'Purchase' AND TaskQueue = '{shop.task_queue}'"
    begun = [each.id async for each in shop.temporal.client.list_workflows(query)]

    assert {f"dr-{order_id}"} == {*owners, shopper.id}
    assert [workflow_id(shopper.id)] == begun


async def test_number_that_is_taken_stays_with_its_purchase(shop):
    """An order with another purchase's number becomes a purchase under an id of its own."""
    other = await shop.begin()
    before = await other.order()
    shopper = await adopted(shop, await bought(shop, other.id))
    kept = await other.record()

    assert f"dr-{(await shopper.record()).order.id}" == shopper.id
    assert before.order.id == kept.order.id
    assert State.ACCEPTED is kept.state


async def test_number_that_a_merchant_has_just_claimed_is_not_taken(shop):
    """A purchase that is being opened has its id before it has a record."""
    number = f"{shop.task_queue}-claimed"
    await shop.records.claim("a merchant's key", "its body", number)
    shopper = await adopted(shop, await bought(shop, number))

    assert shopper.id.startswith("dr-")


@pytest.mark.parametrize("number", ["not a number", "x" * 65, ".."])
async def test_number_that_is_no_id_is_left(shop, number):
    """Not everything that Digital River takes can be asked for by a path."""
    shopper = await adopted(shop, await bought(shop, number))

    assert shopper.id.startswith("dr-")


async def test_events_that_come_first_find_it_afterwards(shop):
    """`order.accepted` alone begins nothing: it waits for the event that does."""
    order_id = await bought(shop)
    early = ProviderEvent(
        id=f"early-{order_id}", name="order.accepted", hint=Hint.ACCEPTED, order_id=order_id
    )
    parked = await park(shop, early)
    begun = await shop.records.owner_of_order(order_id)
    shopper = await adopted(shop, order_id)
    await shop.temporal.fast_forward(parked, timedelta(minutes=1))

    assert None is begun
    assert shopper.id == await parked.result()


async def test_pending_order_waits_for_its_money(shop):
    """What is not paid yet is not shipped; the purchase waits as any other does."""
    order_id = await bought(shop, f"{shop.task_queue}-konbini", type="konbini")
    shopper = await adopted(shop, order_id)
    pending = await shopper.until(State.PENDING_PAYMENT)
    await shopper.at_provider("pay")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    paid = await shopper.until(State.ACCEPTED)

    assert ("payment", order_id) == (pending.waiting_for.what, pending.order.id)
    assert "show_payment_instructions" == pending.next_action.action
    assert order_id == paid.order.id


async def test_payment_that_fails_elsewhere_is_not_tried_again_here(shop):
    """A redirect that came to nothing ends the purchase: it was not begun here."""
    order_id = await bought(shop, f"{shop.task_queue}-redirect", type="ideal")
    shopper = await adopted(shop, order_id)
    await shopper.until(State.PENDING_PAYMENT)
    await shopper.at_provider("charge-fails")
    await shopper.tell("order.charge.failed", Hint.CHARGE_FAILED)
    end = await shopper.handle.result()
    record = await shopper.record()

    assert (State.CANCELLED, CancelReason.CHARGE_FAILED) == (end, record.reason)
    assert 1 == len((await shopper.ledger())["checkouts"])


async def test_order_that_is_not_there_yet_is_waited_for(shop):
    """An event may be quicker than the order's own list."""
    order_id = await bought(shop)
    path = f"/orders/{order_id}"
    await shop.control("POST", "faults", {"path": path, "kind": "status", "status": 404})
    shopper = await adopted(shop, order_id)

    assert order_id == (await shopper.record()).order.id


async def test_order_that_no_purchase_can_be_made_of_lies_in_the_operators_list(shop, monkeypatch):
    """It is shown to a person, and tried no more."""
    order_id = await bought(shop)
    read = shop.digital_river.get_order

    async def empty(order_id, **more):
        return (await read(order_id, **more)).model_copy(update={"items": ()})

    monkeypatch.setattr(shop.digital_river, "get_order", empty)
    handle = await park(shop, await told(shop, order_id))
    query = f"WorkflowId = '{handle.id}' AND NeedsAttention = 'unclaimed_event'"
    while not [each async for each in shop.temporal.client.list_workflows(query)]:
        await asyncio.sleep(POLL_SECONDS)
    await handle.signal(ParkedEvent.dismiss)

    assert "unclaimed" == await handle.result()
    assert None is (await handle.describe()).typed_search_attributes.get(NEEDS_ATTENTION)


async def test_lines_may_be_cancelled_like_any_others(shop):
    """The adopted order's lines are under its own item ids."""
    order_id = await bought(shop, f"{shop.task_queue}-cut")
    shopper = await adopted(shop, order_id)
    await shopper.until(State.ACCEPTED)
    item = ShipmentItem(line_id="l-2", cancel_quantity=1)
    await shopper.cancel(items=[{"lineId": item.line_id, "quantity": item.cancel_quantity}])
    record = await shopper.record()

    assert [(0, 2), (1, 2)] == [(line.cancelled, line.open) for line in record.items]


@pytest.mark.parametrize("names", NAMED.values(), ids=NAMED)
async def test_every_line_ships_whatever_is_written_on_it(shop, monkeypatch, names):
    """A merchant's metadata may hold any `lineId`; each item becomes a line of its own."""
    read = shop.digital_river.get_order

    async def named(order_id, **more):
        order = await read(order_id, **more)
        pairs = zip(order.items, names, strict=True)
        items = [each.model_copy(update={"metadata": {"lineId": name}}) for each, name in pairs]
        return order.model_copy(update={"items": tuple(items)})

    monkeypatch.setattr(shop.digital_river, "get_order", named)
    shopper = await adopted(shop, await bought(shop, f"{shop.task_queue}-{len(names[0])}"))
    record = await shopper.until(State.ACCEPTED)
    await shopper.ship("parcel-1", *await lines(shopper))
    (told,) = (await shopper.ledger())["fulfillments"]

    assert [line.line_id for line in record.items] == [
        line.line_id for line in record.checkout.items
    ]
    assert [2, 3] == [item["quantity"] for item in told["items"]]
