"""What moves nothing is shown at once, outside of the history, and kept with the next step."""

import asyncio
from collections import Counter

from temporalio.api.enums.v1 import EventType

from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.purchase.states import State
from ferryman.records import Records
from workflows.purchase import Purchase


async def events(shopper) -> Counter:
    """How many events of each type the history has."""
    history = await shopper.handle.fetch_history()
    return Counter(EventType.Name(event.event_type) for event in history.events)


async def test_event_without_news_costs_its_signal_alone(shop):
    """An event that says what is known stands in the timeline, and no step was taken for it."""
    shopper = await shop.begin()
    before = await shopper.order()
    begun = await events(shopper)
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await shop.until_names(shopper, "order.accepted")
    spent = await events(shopper) - begun

    assert State.ACCEPTED is before.state
    assert {
        "EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED",
        "EVENT_TYPE_WORKFLOW_TASK_SCHEDULED",
        "EVENT_TYPE_WORKFLOW_TASK_STARTED",
        "EVENT_TYPE_WORKFLOW_TASK_COMPLETED",
    } == set(spent)


async def test_what_could_not_be_shown_is_kept_with_the_next_step(shop, monkeypatch):
    """Where the records are away for a moment, the next version tells all of it, in its order."""
    shopper = await shop.begin()
    await shopper.order()
    refused = []
    monkeypatch.setattr(Records, "show", lambda *told: refused.append(told[2]))
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await shop.until(shopper, lambda _: refused)
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    timeline = await shop.records.timeline(shopper.id)

    assert ["order.accepted"] == [entry.name for entry in refused[0]]
    assert [*range(1, len(timeline) + 1)] == [entry.sequence for entry in timeline]
    names = [entry.name for entry in timeline]
    assert names.index("accepted") < names.index("order.accepted") < names.index("fulfilled")


async def test_submission_shows_while_its_call_is_under_way(shop):
    """The record says `submitting` before the provider has answered, and the search need not."""
    shopper = await shop.begin()
    await shopper.choose()
    await shopper.fault(path="/orders", method="POST", kind="latency", delay="PT1S")
    submitting = asyncio.create_task(shopper.submit())
    shown = await shopper.until(State.SUBMITTING)
    await submitting
    spent = await events(shopper)

    assert None is shown.order
    assert 1 == spent["EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES"]


async def test_copy_of_an_event_that_does_not_show_has_it_kept(shop, monkeypatch):
    """Whoever tells it again, as the sweep does, finds it in the timeline after."""
    shopper = await shop.begin()
    await shopper.order()
    shown = []
    monkeypatch.setattr(Records, "show", lambda *told: shown.append(told))
    event = ProviderEvent(
        id="one",
        name="order.accepted",
        hint=Hint.ACCEPTED,
        order_id=await shopper.order_id(),
        upstream_id=shopper.id,
    )
    await shopper.handle.signal(Purchase.provider_events, [event])
    # Copies that come in one task are one.
    async with asyncio.timeout(20):
        while not shown:
            await asyncio.sleep(0.05)
    await shopper.handle.signal(Purchase.provider_events, [event])
    await shop.until_names(shopper, "order.accepted")

    assert 1 == (await shopper.names()).count("order.accepted")


async def test_long_row_of_what_was_shown_is_kept(shop, monkeypatch):
    """What is only shown does not pile up for as long as nothing moves."""
    shopper = await shop.begin()
    await shopper.order()
    shown = []
    monkeypatch.setattr(Records, "show", lambda *told: shown.append(len(told[2])))
    for _ in range(45):
        await shopper.tell("order.accepted", Hint.ACCEPTED)
    async with asyncio.timeout(20):
        while (await shopper.names()).count("order.accepted") < 40:
            await asyncio.sleep(0.05)

    assert max(shown) < 20


async def test_nothing_that_was_only_shown_is_left_at_the_end(shop, monkeypatch):
    """An event that comes while the purchase closes is kept before its workflow ends."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shopper.settled_as("complete")
    await shopper.fault(method="GET", path="/orders/somebodys", kind="status", status=503, times=0)
    await shopper.tell("order.accepted", Hint.ACCEPTED, order_id="somebodys")
    await shopper.tell("order.complete", Hint.COMPLETE)
    await shopper.until(State.COMPLETE)
    shown = []
    monkeypatch.setattr(Records, "show", lambda *told: shown.extend(told[2]))
    await shopper.tell("order.note", Hint.PENDING_PAYMENT)
    await shop.until(shopper, lambda _: shown)
    closing = await shopper.names()
    await shop.control("DELETE", "faults")
    await shopper.handle.result()

    assert (["order.note"], False) == ([entry.name for entry in shown], "order.note" in closing)
    assert "order.note" == (await shopper.names())[-1]
