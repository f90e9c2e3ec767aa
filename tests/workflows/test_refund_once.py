"""Money goes back once and never too much, whatever is lost and however many ask."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import Refusal
from ferryman.purchase.purchase import Purchase, RefundState
from ferryman.search_attributes import NEEDS_ATTENTION, WAITING_FOR
from tests.workflows.acting import operate
from tests.workflows.refunding import (
    completed,
    ended,
    fulfilled,
    half_shipped,
    handle_of,
    look,
    refund,
    refunds_of,
)
from tests.workflows.shop import Shopper

FAULTS = (
    {"kind": "late_commit", "delay": "PT0.2S"},
    {"kind": "timeout_after"},
    {"kind": "reset_after"},
    {"kind": "status_after", "status": 500},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 503},
    {"kind": "reset_before"},
)


@pytest.fixture
def settle_time() -> timedelta:
    """Longer than a late answer takes, and short."""
    return timedelta(seconds=0.4)


async def test_lost_answer_is_no_second_refund(shop):
    """Whatever becomes of the answer, the money goes back once."""
    shoppers = await asyncio.gather(*(fulfilled(shop) for _ in FAULTS))
    for shopper, fault in zip(shoppers, FAULTS, strict=True):
        await shopper.fault(method="POST", path="/refunds", **fault)
    taken = await asyncio.gather(*(refund(shopper, amount=4.5) for shopper in shoppers))
    made = await asyncio.gather(*map(refunds_of, shoppers))

    assert [[4.5]] * len(FAULTS) == [[one["amount"] for one in each] for each in made]
    assert [each[0]["id"] for each in made] == [each.id for each in taken]


async def doubled(shopper: Shopper) -> Purchase:
    """Refund, and have the first try come through after its repeat; the record that says so."""
    shop, late = shopper.shop, {"kind": "late_commit", "delay": "PT2S"}
    await shopper.fault(method="POST", path="/refunds", **late)
    await refund(shopper, amount=1)
    await shop.until_ledger(shopper, lambda ledger: len(ledger["refunds"]) > 1)
    await shop.temporal.fast_forward(handle_of(shopper), timedelta(seconds=5))
    return await shop.until(shopper, lambda record: record.needs_attention)


async def test_first_try_that_comes_through_later_still_calls_a_person(shop):
    """A try that commits after its repeat can only be noticed: somebody has to look."""
    record = await doubled(await fulfilled(shop))

    assert "refund_doubled" == record.needs_attention.reason


async def test_whoever_has_looked_after_a_doubled_refund_says_so(shop):
    """Nothing that is read shows that it is settled: `reread` ends the call."""
    shopper = await half_shipped(shop)
    called = await doubled(shopper)
    await operate(shopper, "reread")

    assert "refund_doubled" == called.needs_attention.reason
    assert None is (await shopper.record()).needs_attention


@pytest.mark.parametrize("closed", [False, True])
async def test_first_try_that_comes_through_minutes_later_calls_a_person(shop, closed):
    """A person is called when it shows; neither the answer nor the refund's end waits."""
    shopper = await (completed(shop) if closed else fulfilled(shop))
    late = {"kind": "late_commit", "delay": "PT5M"}
    await shopper.fault(method="POST", path="/refunds", **late)
    taken = await refund(shopper, amount=1)
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "succeeded")
    await look(shopper)
    before = await ended(shopper)
    await shop.temporal.fast_forward(handle_of(shopper), timedelta(minutes=3))
    early = await shopper.record()
    await shop.control("POST", "clock/advance", {"by": "PT5M"})
    await shop.until_ledger(shopper, lambda ledger: len(ledger["refunds"]) > 1)
    await shop.temporal.fast_forward(handle_of(shopper), timedelta(minutes=10))
    record = await shop.until(shopper, lambda record: record.needs_attention)
    seen = (await handle_of(shopper).describe()).typed_search_attributes

    assert (RefundState.PENDING, RefundState.SUCCEEDED) == (taken.state, before.state)
    assert None is early.needs_attention
    assert ("refund_doubled",) * 2 == (record.needs_attention.reason, seen.get(NEEDS_ATTENTION))


async def test_looks_for_a_second_one_come_to_an_end(shop):
    """After a doubtful answer it is looked for a while, ever more rarely, in one step."""
    shopper = await completed(shop)
    await shopper.fault(method="POST", path="/refunds", kind="reset_after")
    await refund(shopper, amount=1)
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "succeeded")
    handle = await look(shopper)
    await ended(shopper)
    await shop.temporal.fast_forward(handle, timedelta(hours=1))
    await handle.result()

    assert 1 == (await steps_of(handle)).count("count_doubled_refunds")
    assert None is (await shopper.record()).needs_attention


async def test_undoubted_refund_is_not_looked_for_again(shop):
    """Where the first answer was clear, nothing goes on after the refund's end."""
    shopper = await completed(shop)
    await refund(shopper, amount=1)
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "succeeded")
    handle = await look(shopper)
    await handle.result()

    assert "count_doubled_refunds" not in await steps_of(handle)


async def test_same_refund_at_once_is_one(shop):
    """Asked for five times at once, money goes back once, and all hear of the same refund."""
    shopper = await fulfilled(shop)
    taken = await asyncio.gather(*(refund(shopper, amount=4.5) for _ in range(5)))

    assert 1 == len(await refunds_of(shopper)) == len({each.id for each in taken})


async def test_ten_at_once_never_take_more_than_there_is(shop):
    """Refunds that would together exceed what is left are refused, by us or by Digital River."""
    shopper = await completed(shop)
    available = (await shopper.ledger())["orders"][0]["availableToRefundAmount"]
    part = round(available / 6, 2)
    # All of them have looked before the first has been taken.
    slow = {"kind": "latency", "delay": "PT0.15S", "times": 0}
    await shopper.fault(method="POST", path="/refunds", **slow)
    asked = (refund(shopper, refundId=f"r-{number}", amount=part) for number in range(10))
    answers = await asyncio.gather(*asked, return_exceptions=True)
    made = await refunds_of(shopper)
    refused = [each.cause.type for each in answers if isinstance(each, WorkflowUpdateFailedError)]

    # Ten that write at once into a closed record may show later than they are answered.
    record = await shop.until(
        shopper, lambda record: len(made) <= sum(each.id is not None for each in record.refunds)
    )

    assert len(made) == int(available / part + 0.001)
    assert [Refusal.INVALID] * (10 - len(made)) == refused
    assert len(made) == sum(each.id is not None for each in record.refunds)


async def test_refund_that_takes_its_time_is_shown_as_asked_for(shop):
    """While Digital River is away, the wish is in the record and operators see on whom it waits."""
    shopper = await completed(shop)
    await shopper.fault(method="POST", path="/refunds", kind="status", status=503, times=2)
    asking = asyncio.create_task(refund(shopper, amount=1))
    record = await shop.until(shopper, lambda record: record.refunds)
    seen = (await handle_of(shopper).describe()).typed_search_attributes
    taken = await asking

    assert (RefundState.REQUESTED, "provider") == (record.refunds[0].state, seen.get(WAITING_FOR))
    assert RefundState.PENDING is taken.state
    assert 1 == len(await refunds_of(shopper))


async def test_cancelling_in_the_web_ui_passes_by(shop):
    """Money under way is followed, whatever button is pressed."""
    shopper = await completed(shop)
    await refund(shopper, amount=1)
    await handle_of(shopper).cancel()
    await shop.until_ledger(shopper, lambda ledger: ledger["refunds"][0]["state"] == "succeeded")
    await (await look(shopper)).result()

    assert RefundState.SUCCEEDED is (await ended(shopper)).state


async def steps_of(handle):
    """The names of the steps that a refund has taken, each as often as it is in the history."""
    return [
        event.activity_task_scheduled_event_attributes.activity_type.name
        async for event in handle.fetch_history_events()
    ]
