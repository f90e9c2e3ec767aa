"""What moves nothing is shown at once, outside of the history, and kept with the next step."""

import asyncio
from collections import Counter

from temporalio.api.enums.v1 import EventType

from ferryman.purchase.messages import Hint
from ferryman.purchase.states import State
from ferryman.records import Records, RecordsUnavailable


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
    save, refused = Records.save, []

    async def away(records, purchase, entries):
        if not refused:
            refused.append(entries)
            raise RecordsUnavailable
        await save(records, purchase, entries)

    monkeypatch.setattr(Records, "save", away)
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
