"""A bank that takes money back: the amounts are read anew, and a person is called."""

from datetime import timedelta
from decimal import Decimal

from temporalio.common import WorkflowIDReusePolicy

from ferryman.provider_events import translate
from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.purchase.states import State
from ferryman.search_attributes import NEEDS_ATTENTION
from workflows.parked_event import ParkedEvent

SPARSE = {"poll_interval": timedelta(days=1)}


async def told(shopper) -> list[ProviderEvent]:
    """The chargebacks that Digital River tells of."""
    page = await shopper.shop.digital_river.list_events(types=["order.chargeback"])
    order_id = await shopper.order_id()
    messages = [translate(each) for each in page.data if each.order_id == order_id]
    return [message for message in messages if message is not None]


async def park(shop, event: ProviderEvent):
    """Park an event as the API does."""
    return await shop.temporal.client.start_workflow(
        ParkedEvent.run,
        event,
        id=f"parked-event/{event.id}",
        task_queue=shop.task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )


async def test_running_purchase_shows_what_is_left_to_refund(shop):
    """The event is in the timeline with its amount; what can be refunded is less."""
    shopper = await shop.begin_disputed(policy=SPARSE)
    before = (await shopper.record()).order.available_to_refund_amount
    await shopper.at_provider("chargeback")
    for event in await told(shopper):
        await shopper.handle.signal("provider_events", [event])
    await shopper.tell("order.updated", Hint.OTHER)
    await shop.until_names(shopper, "order.updated")
    record = await shopper.record()
    entries = [e for e in await shop.records.timeline(shopper.id) if e.name == "order.chargeback"]

    assert 0 == record.order.available_to_refund_amount
    assert ("chargeback", State.ACCEPTED) == (record.needs_attention.reason, record.state)
    assert {before, 0} == {Decimal(entry.detail["amount"]) for entry in entries}


async def test_closed_purchase_calls_a_person_once(shop):
    """A chargeback of a completed purchase, told twice over, calls for one reason."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shopper.settled_as("complete")
    await shopper.tell("order.complete", Hint.COMPLETE)
    await shopper.handle.result()
    order_id = (await shopper.record()).order.id
    await shopper.at_provider("dispute")
    disputed = ProviderEvent(id="d-1", name="order.dispute", hint=Hint.DISPUTED, order_id=order_id)
    await (await park(shop, disputed)).result()
    during = await shopper.record()
    await shopper.at_provider("chargeback")
    handles = [await park(shop, event) for event in await told(shopper)]
    for handle in handles:
        await handle.result()
    record = await shopper.record()
    listed = [
        (await handle.describe()).typed_search_attributes.get(NEEDS_ATTENTION) for handle in handles
    ]

    assert State.DISPUTED is during.state
    assert (State.COMPLETE, "chargeback") == (record.state, record.needs_attention.reason)
    assert 0 == record.order.available_to_refund_amount
    assert 1 == listed.count("chargeback")
    assert 2 == (await shopper.names()).count("order.chargeback")
