"""Events for nobody at work: claimed when their purchase appears, applied after it has closed."""

from datetime import timedelta

import pytest
from temporalio.common import WorkflowIDReusePolicy

from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.purchase.states import State
from ferryman.search_attributes import NEEDS_ATTENTION
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


async def test_event_finds_its_purchase_by_its_order(shop):
    """An event that names only the order reaches the purchase."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider("pay")
    handle = await park(shop, event(await shopper.order_id(), Hint.ACCEPTED))
    record = await shopper.until(State.ACCEPTED)

    assert shopper.id == await handle.result()
    assert State.ACCEPTED is record.state


async def test_money_after_the_end_calls_a_person(shop):
    """An order that turns accepted after its purchase was cancelled is seen by somebody."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider("expire")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    await shopper.handle.result()
    order_id = (await shopper.record()).order.id
    await shopper.at_provider("pay", force=True)
    await (await park(shop, event(order_id, Hint.ACCEPTED))).result()
    record = await shopper.record()

    assert (State.CANCELLED, "late_payment") == (record.state, record.needs_attention.reason)
    assert "order.accepted" == (await shopper.names())[-1]


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
    assert ["order.disputed", "disputed", "order.resolved", "complete"] == (await shopper.names())[
        -4:
    ]


async def test_late_duplicate_changes_nothing(shop):
    """An event that tells a closed purchase what it knows leaves its record alone."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.cancel()
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0]["state"] == "cancelled")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    await shopper.handle.result()
    before = await shopper.record()
    await (await park(shop, event(before.order.id, Hint.CANCELLED))).result()

    assert before == await shopper.record()


@pytest.mark.parametrize("dismissed", [True, False])
async def test_nobodys_event_lies_in_the_operators_list(shop, dismissed):
    """After three days of looking, an event without an owner asks for a person."""
    handle = await park(shop, event("999999999999", Hint.ACCEPTED, int(dismissed)))
    await shop.temporal.fast_forward(handle, timedelta(hours=80))
    listed = (await handle.describe()).typed_search_attributes.get(NEEDS_ATTENTION)
    if dismissed:
        await handle.signal(ParkedEvent.dismiss)
    else:
        await shop.temporal.fast_forward(handle, timedelta(days=31))

    assert "unclaimed_event" == listed
    assert "unclaimed" == await handle.result()
