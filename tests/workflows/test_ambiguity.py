"""What nobody can know for sure is looked up, never repeated blindly and never believed."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError, WorkflowUpdateStage

from ferryman.purchase.messages import (
    Hint,
    ProviderEvent,
    Refusal,
    SourceChoice,
    Submission,
)
from ferryman.purchase.states import CancelReason, State
from workflows.purchase import Purchase


async def orders(shopper) -> list[str]:
    """The states of the purchase's orders at Digital River."""
    return [order["state"] for order in (await shopper.ledger())["orders"]]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset_before"},
        {"kind": "reset_after"},
        {"kind": "status_after", "status": 503},
        {"kind": "timeout_after"},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 429, "retryAfter": 1},
        {"kind": "wrong_body"},
        {"kind": "late_commit", "delay": "PT0.5S"},
    ],
    ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}",
)
async def test_order_is_created_once_whatever_becomes_of_the_answer(shop, fault):
    """Exactly one order exists, and it is ours."""
    shopper = await shop.begin()
    await shopper.choose()
    await shopper.fault(method="POST", path="/orders", **fault)
    await shopper.submit()
    record = await shopper.record()

    assert ["accepted"] == await orders(shopper)
    assert (State.ACCEPTED, (await shopper.ledger())["orders"][0]["id"]) == (
        record.state,
        record.order.id,
    )


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset_before"},
        {"kind": "reset_after"},
        {"kind": "status_after", "status": 500},
        {"kind": "late_commit", "delay": "PT0.5S"},
    ],
    ids=lambda fault: fault["kind"],
)
async def test_shipment_is_reported_once_whatever_becomes_of_the_answer(shop, fault):
    """Exactly one fulfillment holds the parcel."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.fault(method="POST", path="/fulfillments", **fault)
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))

    assert 1 == len((await shopper.ledger())["fulfillments"])
    assert State.FULFILLED is (await shopper.record()).state


@pytest.mark.parametrize("settle_time", [timedelta(hours=1)])
async def test_what_surely_did_nothing_is_repeated_without_settling(shop):
    """After a 429 there is nothing to settle: the next try does not wait for it."""
    shopper = await shop.begin()
    await shopper.choose()
    await shopper.fault(method="POST", path="/orders", kind="status", status=429, retryAfter=1)
    await shopper.submit()

    assert ["accepted"] == await orders(shopper)


async def test_refusal_of_a_repeat_is_not_believed_before_the_first_try_has_settled(shop):
    """A 409 on the second try proves nothing while the first one may still commit."""
    shopper = await shop.begin()
    await shopper.choose()
    await shopper.fault(method="POST", path="/orders", kind="late_commit", delay="PT2.5S")
    await shopper.fault(
        method="POST",
        path="/orders",
        kind="status",
        status=409,
        body={"type": "conflict", "errors": [{"code": "failed-request", "message": "No."}]},
    )
    await shopper.submit()

    assert ["accepted"] == await orders(shopper)
    assert State.ACCEPTED is (await shopper.record()).state


async def test_order_that_the_list_shows_late_is_still_found(shop):
    """A used-up checkout says 404; after the settle time the look-up finds its order."""
    shopper = await shop.begin()
    await shopper.variant(late_index="PT1.5S")
    await shopper.choose()
    await shopper.fault(method="POST", path="/orders", kind="reset_after")
    await shopper.submit()

    assert ["accepted"] == await orders(shopper)
    assert State.ACCEPTED is (await shopper.record()).state


async def test_order_of_a_used_up_checkout_is_looked_for_until_it_is_found(shop):
    """A 404 proves that an order exists: however late the list shows it, nothing else is done."""
    shopper = await shop.begin()
    await shopper.variant(late_index="PT6S")
    await shopper.choose()
    await shopper.fault(method="POST", path="/orders", kind="reset_after")
    submission = asyncio.ensure_future(shopper.submit())
    waiting = await shop.until(shopper, lambda record: record.state is not State.CHECKOUT)
    await submission
    record = await shopper.record()

    assert State.SUBMITTING is waiting.state
    assert (["accepted"], State.ACCEPTED) == (await orders(shopper), record.state)
    assert record.needs_attention is None
    assert 1 == len((await shopper.ledger())["checkouts"])


@pytest.mark.parametrize("fault", ["reset_after", "late_commit"])
@pytest.mark.parametrize("saved", [False, True])
async def test_decline_whose_answer_was_lost_is_still_a_decline(shop, fault, saved):
    """A 409 uses the checkout up as an order does: the shopper is told and may try again."""
    customer = {"id": "c-erika", "email": "erika@example.com"} if saved else None
    shopper = await shop.begin(customer=customer)
    source_id = await shopper.choose(attach=False, card="4000000000003600")
    choice = SourceChoice(source_id=source_id, save_for_future=saved)
    await shopper.handle.execute_update(Purchase.source, choice)
    burnt = (await shopper.record()).checkout.id
    await shopper.fault(method="POST", path="/orders", kind=fault, delay="PT0.5S")
    with pytest.raises(WorkflowUpdateFailedError) as refused:
        await shopper.submit()
    record = await shop.until(shopper, lambda record: record.checkout)

    assert Refusal.DECLINED.value == refused.value.cause.type
    assert (State.PAYMENT_FAILED, None) == (record.state, record.needs_attention)
    assert burnt != record.checkout.id
    assert State.ACCEPTED is (await shopper.order()).state
    assert ["accepted"] == await orders(shopper)


async def test_order_that_stays_unfound_calls_a_person(shop):
    """After some looking somebody is told; the order is adopted all the same once it shows."""
    shopper = await shop.begin()
    await shopper.variant(late_index="PT16S")
    await shopper.choose()
    await shopper.fault(method="POST", path="/orders", kind="reset_after")
    submission = asyncio.ensure_future(shopper.submit())
    told = await shop.until(shopper, lambda record: record.needs_attention)
    await submission
    record = await shopper.record()

    assert (State.SUBMITTING, "order_not_found") == (told.state, told.needs_attention.reason)
    assert (State.ACCEPTED, None) == (record.state, record.needs_attention)
    assert ["accepted"] == await orders(shopper)


async def test_shipment_that_came_through_twice_calls_a_person(shop):
    """A first try that commits after all settling cannot be undone, but it is noticed."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.fault(method="POST", path="/fulfillments", kind="late_commit", delay="PT4S")
    await shopper.ship("parcel-1", ("1", 1, 0))
    await shop.until_ledger(shopper, lambda ledger: len(ledger["fulfillments"]) == 2)
    await shopper.travel(timedelta(minutes=20))
    record = await shop.until(shopper, lambda record: record.needs_attention)

    assert "shipment_doubled" == record.needs_attention.reason


async def test_accepted_event_before_the_answer_is_not_lost(shop):
    """The event may come while the order is being created; the purchase ends the same."""
    shopper = await shop.begin()
    await shopper.choose("konbini")
    await shopper.fault(method="POST", path="/orders", kind="timeout_after")
    submission = await shopper.handle.start_update(
        Purchase.submit,
        Submission(terms_accepted=True),
        wait_for_stage=WorkflowUpdateStage.ACCEPTED,
    )
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"])
    await shopper.at_provider("pay")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await submission.result()
    record = await shopper.until(State.ACCEPTED)
    # What moves nothing is shown in passing, a moment later.
    await shop.until_names(shopper, "order.accepted")

    assert State.ACCEPTED is record.state
    assert 1 == (await shopper.names()).count("order.accepted")


async def test_one_event_many_times_is_one_event(shop):
    """A doubled event moves nothing and is noted once."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider("pay")
    event = ProviderEvent(
        id="evt-1",
        name="order.accepted",
        hint=Hint.ACCEPTED,
        order_id=await shopper.order_id(),
    )
    for _ in range(20):
        await shopper.handle.signal(Purchase.provider_events, [event])
    await shopper.until(State.ACCEPTED)

    assert 1 == (await shopper.names()).count("order.accepted")


async def test_event_of_another_order_with_our_upstream_id_releases_nothing(shop):
    """Only the purchase's own order decides; the same upstream id is not enough."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    stranger = await shop.begin()
    await stranger.order()
    await shopper.tell("order.accepted", Hint.ACCEPTED, order_id=(await stranger.record()).order.id)
    await shop.until_names(shopper, "order.accepted")

    assert State.PENDING_PAYMENT is (await shopper.record()).state


async def test_provider_outage_is_waited_out(shop):
    """While Digital River is down the purchase waits and says so; then it goes on."""
    shopper, start = shop.prepare()
    await shopper.fault(method="POST", path="/checkouts", kind="status", status=503, times=2)
    await start

    assert State.CHECKOUT is (await shopper.record()).state
    assert (await shopper.record()).checkout is not None


async def test_shipment_waits_visibly_for_a_provider_that_is_away(shop):
    """While the report of a shipment fails again and again, the purchase says on whom it waits."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.fault(method="POST", path="/fulfillments", kind="status", status=503, times=2)
    shipping = asyncio.ensure_future(shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0)))
    waiting = await shop.until(shopper, lambda record: record.waiting_for.what == "provider")
    await shipping

    assert State.ACCEPTED is waiting.state
    assert State.FULFILLED is (await shopper.record()).state
    assert "provider" != (await shopper.record()).waiting_for.what


async def test_lost_answer_to_a_checkout_makes_no_second_one(shop):
    """A checkout that was built without our knowing is found again."""
    shopper, start = shop.prepare()
    await shopper.fault(method="POST", path="/checkouts", kind="reset_after")
    await start

    assert 1 == len((await shopper.ledger())["checkouts"])


async def test_cancellation_does_not_wait_for_a_provider_that_is_away(shop):
    """Before an order exists a cancellation is immediate, even while a checkout is being built."""
    shopper, start = shop.prepare()
    await shopper.fault(method="POST", path="/checkouts", kind="status", status=503, times=1000)
    building = asyncio.ensure_future(start)
    await shop.until_started(shopper)
    await shopper.cancel()
    await building

    assert State.CANCELLED == await shopper.handle.result()


async def test_cancellation_while_the_order_is_created_is_remembered(shop):
    """A wish that comes while the answer is out is shown, and carried out once it is in."""
    shopper = await shop.begin()
    await shopper.choose()
    await shopper.fault(method="POST", path="/orders", kind="reset_after")
    submission = asyncio.ensure_future(shopper.submit())
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"])
    answer = await shopper.cancel()
    wished = await shopper.record()
    await submission
    record = await shopper.until(State.CANCELLED)

    assert (False, State.SUBMITTING) == (answer.done, wished.state)
    assert wished.cancellation is not None
    assert CancelReason.CUSTOMER is record.reason


async def test_late_event_order_does_not_matter_to_the_end(shop):
    """Events in the wrong order after completion of the facts end in the same state."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0]["state"] == "complete")
    for name, hint in (
        ("order.complete", Hint.COMPLETE),
        ("order.accepted", Hint.ACCEPTED),
        ("order.review_opened", Hint.IN_REVIEW),
    ):
        await shopper.tell(name, hint)

    assert State.COMPLETE == await shopper.handle.result()
