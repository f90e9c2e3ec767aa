"""Events for nobody at work: claimed when their purchase appears, applied after it has closed."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.common import WorkflowIDReusePolicy

from activities import parked_events
from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.purchase.purchase import Attention, Order
from ferryman.purchase.readings import Standing
from ferryman.purchase.states import State
from ferryman.purchase.timeline import EntryKind
from ferryman.search_attributes import NEEDS_ATTENTION
from tests.workflows.strangers import order_checkout, order_elsewhere, refund_all
from workflows.parked_event import ParkedEvent


def event(order_id: str, hint: Hint, number: int = 1) -> ProviderEvent:
    """An event of an order, without the upstream id that would have led home."""
    return ProviderEvent(
        id=f"evt-{order_id}-{number}", name=f"order.{hint}", hint=hint, order_id=order_id
    )


async def park(shop, parked: ProviderEvent):
    """Park an event as the API would."""
    return await shop.temporal.client.start_workflow(
        ParkedEvent.run,
        parked,
        id=f"parked-event/{parked.id}",
        task_queue=shop.task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )


async def without_documents(shopper) -> list[str]:
    """The timeline's names but for links to documents, which come when they are ready."""
    return [name for name in await shopper.names() if name != "document_linked"]


async def test_event_finds_its_purchase_by_its_order(shop):
    """An event that names only the order reaches the purchase."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider("pay")
    handle = await park(shop, event(await shopper.order_id(), Hint.ACCEPTED))
    record = await shopper.until(State.ACCEPTED)

    assert shopper.id == await handle.result()
    assert State.ACCEPTED is record.state


@pytest.mark.parametrize("hint", [Hint.ACCEPTED, Hint.MONEY_MOVED, Hint.COMPLETE])
async def test_money_after_the_end_calls_a_person(shop, hint):
    """Whichever event tells of it: money of a cancelled purchase is seen by somebody."""
    shopper = await shop.begin_paid_late()
    order_id = await shopper.order_id()
    await (await park(shop, event(order_id, hint))).result()
    record = await shopper.record()

    assert (State.CANCELLED, "late_payment") == (record.state, record.needs_attention.reason)
    assert f"order.{hint}" == (await without_documents(shopper))[-1]


async def test_late_money_that_went_back_calls_nobody_any_more(shop, monkeypatch):
    """Once the order is cancelled at Digital River too, an event of it ends the call."""
    shopper = await shop.begin_paid_late()
    order_id = await shopper.order_id()
    await (await park(shop, event(order_id, Hint.ACCEPTED))).result()
    called = await shopper.record()
    read = shop.digital_river.get_order

    async def given_back(asked, **more):
        return (await read(asked, **more)).model_copy(update={"state": "cancelled"})

    monkeypatch.setattr(shop.digital_river, "get_order", given_back)
    await (await park(shop, event(order_id, Hint.CANCELLED, number=2))).result()
    record = await shopper.record()

    assert ("late_payment", None) == (called.needs_attention.reason, record.needs_attention)
    assert State.CANCELLED is record.state


async def test_money_whose_release_failed_goes_on_calling(shop, monkeypatch):
    """An order that stands cancelled may hold its money still."""
    shopper = await shop.begin_paid_late()
    order_id = await shopper.order_id()
    await (await park(shop, event(order_id, Hint.ACCEPTED))).result()
    read = parked_events.read

    async def not_released(river, asked):
        told = await read(river, asked)
        changes = {"standing": Standing.CANCELLED, "cancel_failed": True}
        return told.model_copy(update=changes)

    monkeypatch.setattr(parked_events, "read", not_released)
    await (await park(shop, event(order_id, Hint.CANCELLED, number=2))).result()
    record = await shopper.record()

    assert "cancellation_failed" == record.needs_attention.reason


async def test_late_money_outranks_what_a_person_was_called_for(shop):
    """Money that comes late takes the place of an older reason, and keeps its own time."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider("expire")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    await shopper.handle.result()
    closed = await shopper.record()
    standing = Attention(reason="unpaid_order_not_cancelled", since=closed.updated_time)
    called = {"needs_attention": standing, "version": closed.version + 1}
    await shop.records.save(closed.model_copy(update=called), [])
    await shopper.at_provider("pay", force=True)
    first = await park(shop, event(closed.order.id, Hint.ACCEPTED, 1))
    await first.result()
    late = (await shopper.record()).needs_attention
    await (await park(shop, event(closed.order.id, Hint.ACCEPTED, 2))).result()
    listed = (await first.describe()).typed_search_attributes.get(NEEDS_ATTENTION)

    assert ("late_payment", "late_payment") == (late.reason, listed)
    assert late.since > standing.since
    assert late == (await shopper.record()).needs_attention


async def test_dispute_after_completion_is_shown_and_resolved(shop):
    """A completed purchase becomes disputed, and complete again, in its record."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0]["state"] == "complete")
    await shopper.tell("order.complete", Hint.COMPLETE)
    await shopper.handle.result()
    order_id = (await shopper.record()).order.id
    await shopper.at_provider("dispute")
    await (await park(shop, event(order_id, Hint.DISPUTED, 1))).result()
    disputed = await shopper.record()
    await shopper.at_provider("resolve")
    await (await park(shop, event(order_id, Hint.RESOLVED, 2))).result()

    assert State.DISPUTED is disputed.state
    assert State.COMPLETE is (await shopper.record()).state
    assert ["order.disputed", "disputed", "order.resolved", "complete"] == (
        await without_documents(shopper)
    )[-4:]


async def completed(shop):
    """A purchase that has closed with everything shipped and captured."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0]["state"] == "complete")
    await shopper.tell("order.complete", Hint.COMPLETE)
    await shopper.handle.result()
    return shopper


async def test_late_event_without_news_is_noted_and_no_more(shop):
    """An event that tells a closed purchase what it knows stands in its timeline, once."""
    shopper = await completed(shop)
    before = await shopper.record()
    late = event(before.order.id, Hint.COMPLETE)
    await (await park(shop, late)).result()
    record = await shopper.record()
    await shop.temporal.client.execute_workflow(
        ParkedEvent.run, late, id=f"again/{late.id}", task_queue=shop.task_queue
    )

    # Digital River may have made the invoice since; every look brings a link to it along, which is
    # a version of its own.
    seen = {"updated_time": record.updated_time, "documents": record.documents}
    noted = {"version": before.version + 1 + len(record.documents) - len(before.documents), **seen}
    assert before.model_copy(update=noted) == record
    assert record == await shopper.record()
    assert 1 == [entry.detail.get("id") for entry in await shop.records.timeline(shopper.id)].count(
        late.id
    )


async def test_crowd_of_late_events_leaves_none_out(shop):
    """Ten events at once for one closed purchase: each is in the timeline once, in a version."""
    shopper = await completed(shop)
    before = await shopper.record()
    await shopper.at_provider("dispute")
    told = [event(before.order.id, Hint.DISPUTED, number) for number in range(10)]
    handles = await asyncio.gather(*(park(shop, each) for each in told))
    await asyncio.gather(*(handle.result() for handle in handles))
    record = await shopper.record()
    late = [
        entry
        for entry in await shop.records.timeline(shopper.id)
        if entry.time > before.updated_time
    ]
    events = [entry for entry in late if entry.kind is EntryKind.EVENT]

    assert {each.id for each in told} == {entry.detail["id"] for entry in events}
    assert 10 == len(events)
    assert before.version + 10 + len(record.documents) == record.version
    assert ["disputed"] == [entry.name for entry in late if entry.kind is EntryKind.STATE]
    sequences = [entry.sequence for entry in await shop.records.timeline(shopper.id)]
    assert list(range(1, len(sequences) + 1)) == sequences


async def test_late_dispute_is_waited_for_until_it_is_over(shop):
    """A closed purchase waits for the end of a dispute, allows nothing meanwhile, then for none."""
    shopper = await completed(shop)
    order_id = (await shopper.record()).order.id
    await shopper.at_provider("dispute")
    await (await park(shop, event(order_id, Hint.DISPUTED, 1))).result()
    disputed = (await shopper.record()).waiting_for
    await shopper.at_provider("resolve")
    await (await park(shop, event(order_id, Hint.RESOLVED, 2))).result()

    assert ("dispute", ()) == (disputed.what, disputed.allowed)
    assert (await shopper.record()).waiting_for is None


async def test_return_that_ends_a_dispute_takes_both_steps(shop):
    """A disputed purchase whose order is returned becomes complete, then returned."""
    shopper = await completed(shop)
    order_id = (await shopper.record()).order.id
    await shopper.at_provider("dispute")
    await (await park(shop, event(order_id, Hint.DISPUTED, 1))).result()
    await shopper.at_provider("resolve")
    await refund_all(shopper)
    await (await park(shop, event(order_id, Hint.REFUNDED, 2))).result()

    assert State.RETURNED is (await shopper.record()).state
    assert ["order.refunded", "complete", "returned"] == (await without_documents(shopper))[-3:]


@pytest.mark.parametrize("paid", [True, False])
async def test_order_left_behind_does_not_become_the_purchases_own(shop, paid):
    """A purchase that ended without an order keeps none; that money came is a person's to see."""
    shopper = await shop.begin()
    checkout = (await shopper.record()).checkout
    await shopper.cancel()
    await shopper.handle.result()
    order_id = await order_checkout(shop, await shop.digital_river.get_checkout(checkout.id))
    if not paid:
        order = (await shopper.ledger())["orders"][0]
        items = [
            {"itemId": each["id"], "cancelQuantity": each["quantity"]} for each in order["items"]
        ]
        await shop.digital_river.create_fulfillment({"orderId": order_id, "items": items})
        await shopper.settled_as("cancelled")
    handle = await park(shop, event(order_id, Hint.ACCEPTED if paid else Hint.CANCELLED))
    owner = await handle.result()
    record = await shopper.record()
    last = (await shop.records.timeline(shopper.id))[-1]

    assert (shopper.id, State.CANCELLED, None) == (owner, record.state, record.order)
    assert paid is (record.needs_attention is not None)
    assert order_id == last.detail["orderId"]


async def test_order_of_another_environment_is_left_alone(shop):
    """An order with the number of a closed purchase, but of a foreign checkout, is not adopted."""
    shopper = await shop.begin()
    await shopper.cancel()
    await shopper.handle.result()
    before = await shopper.record()
    foreign = await order_elsewhere(shop, shopper.id)
    handle = await park(shop, event(foreign, Hint.ACCEPTED))

    assert shopper.id == await handle.result()
    assert before == await shopper.record()


@pytest.mark.parametrize("seconds", [40, 300])
async def test_event_is_claimed_soon_after_its_order_appears(shop, seconds):
    """An order that becomes known some minutes after its event has it within ten seconds.

    Meanwhile the provider is asked a few times, our own records often.
    """
    order_id = f"{seconds}0336"
    handle = await park(shop, event(order_id, Hint.ACCEPTED))
    await shop.temporal.fast_forward(handle, timedelta(seconds=seconds))
    owner = f"{shop.task_queue}-owner"
    template = await (await shop.begin()).record()
    known = {"id": owner, "order": Order(id=order_id, state="accepted")}
    await shop.records.save(template.model_copy(update=known), [])
    asked = await asked_for(shop, order_id)
    appeared = await shop.temporal.get_current_time(handle)
    await shop.temporal.fast_forward(handle, timedelta(seconds=15))

    assert owner == await handle.result()
    closed = (await handle.describe()).close_time
    assert closed - appeared < timedelta(seconds=10)
    assert 1 <= asked <= 7


@pytest.fixture
def seldom(monkeypatch):
    """Even early on, an owner is looked for once a minute: what is under test comes later."""
    monkeypatch.setattr("activities.parked_events._SOON", timedelta(minutes=1))


@pytest.mark.usefixtures("seldom")
async def test_outage_does_not_use_up_the_looks(shop):
    """An event older than an outage is claimed ten minutes after its order appears, not hours."""
    order_id = "1200336"
    handle = await park(shop, event(order_id, Hint.ACCEPTED))
    await shop.temporal.fast_forward(handle, timedelta(minutes=12))
    outage = {"method": "GET", "path": "/orders/*", "kind": "status", "status": 503, "times": 0}
    await shop.control("POST", "faults", outage)
    await shop.temporal.fast_forward(handle, timedelta(minutes=25))
    await shop.control("DELETE", "faults")
    await shop.temporal.fast_forward(handle, timedelta(minutes=2))
    owner = f"{shop.task_queue}-owner"
    template = await (await shop.begin()).record()
    known = {"id": owner, "order": Order(id=order_id, state="accepted")}
    await shop.records.save(template.model_copy(update=known), [])
    appeared = await shop.temporal.get_current_time(handle)
    await shop.temporal.fast_forward(handle, timedelta(minutes=15))

    assert owner == await handle.result()
    assert (await handle.describe()).close_time - appeared < timedelta(minutes=12)


async def asked_for(shop, order_id):
    """How often Digital River was asked for this order."""
    requests = (await shop.control("GET", "ledger"))["requests"]
    return sum(each["path"].endswith(f"/orders/{order_id}") for each in requests)


@pytest.mark.usefixtures("seldom")
async def test_nobodys_event_lies_in_the_operators_list(shop):
    """An event that has no owner for three days asks for a person, for a month at most."""
    handle = await park(shop, event("999999999999", Hint.ACCEPTED))
    await shop.temporal.fast_forward(handle, timedelta(hours=80))
    listed = await handle.describe()
    await shop.temporal.fast_forward(handle, timedelta(days=31))

    assert "unclaimed_event" == listed.typed_search_attributes.get(NEEDS_ATTENTION)
    assert "unclaimed" == await handle.result()
    assert 20 < await asked_for(shop, "999999999999") < 50
    assert None is (await handle.describe()).typed_search_attributes.get(NEEDS_ATTENTION)
