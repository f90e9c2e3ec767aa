"""Fulfilment line by line, and cancellation at every stage."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import Hint, Refusal
from ferryman.purchase.purchase import Party
from ferryman.purchase.states import CancelReason, State
from tests.workflows.acting import until_begun


def quantities(record) -> list[tuple[int, int, int]]:
    """Fulfilled, cancelled and open of each line."""
    return [(line.fulfilled, line.cancelled, line.open) for line in record.items]


async def test_two_parcels_and_a_cancelled_line(shop):
    """Parcels and cancelled pieces add up, and Digital River's ledger agrees."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 1, 0))
    first = await shopper.record()
    await shopper.ship("parcel-2", ("1", 1, 0), ("2", 1, 2))
    record = await shopper.record()
    sent = (await shopper.ledger())["fulfillments"]

    assert (State.ACCEPTED, [(1, 0, 1), (0, 0, 3)]) == (first.state, quantities(first))
    assert (State.FULFILLED, [(2, 0, 0), (1, 2, 0)]) == (record.state, quantities(record))
    assert 2 == len(sent)
    ids = {line.order_item_id for line in record.items}
    assert ids == {item["itemId"] for parcel in sent for item in parcel["items"]}


async def test_same_shipment_again_changes_nothing(shop):
    """A shipment id is reported once, however often it is told."""
    shopper = await shop.begin()
    await shopper.order()
    first = await shopper.ship("parcel-1", ("1", 1, 0))
    second = await shopper.ship("parcel-1", ("1", 1, 0))

    assert first.version == second.version
    assert 1 == len((await shopper.ledger())["fulfillments"])


async def test_same_shipment_told_twice_at_once_is_one(shop):
    """A repeat that comes while the first is under way gets the same answer, even at the end."""
    shopper = await shop.begin()
    await shopper.order()
    whole = (("1", 2, 0), ("2", 3, 0))
    answers = await asyncio.gather(*(shopper.ship("parcel-1", *whole) for _ in range(5)))

    assert [True] * 5 == [answer.done for answer in answers]
    assert 1 == len((await shopper.ledger())["fulfillments"])


async def test_refused_shipment_that_goes_out_later_calls_nobody_any_more(shop):
    """Once the same shipment is taken, there is nothing to look at."""
    shopper = await shop.begin()
    await shopper.order()
    body = {"type": "conflict", "errors": [{"code": "order_not_submitted", "message": "No."}]}
    await shopper.fault(method="POST", path="/fulfillments", kind="status", status=409, body=body)
    with pytest.raises(WorkflowUpdateFailedError):
        await shopper.ship("parcel-1", ("1", 1, 0))
    refused = await shopper.record()
    await shopper.ship("parcel-1", ("1", 1, 0))

    assert "shipment_refused" == refused.needs_attention.reason
    assert (await shopper.record()).needs_attention is None


async def test_what_became_too_much_while_it_waited_is_told(shop):
    """Both were in order when they were asked for; the timeline says which was not done."""
    shopper = await shop.begin()
    await shopper.order()
    slow = {"kind": "latency", "delay": "PT1S"}
    await shopper.fault(method="POST", path="/fulfillments", **slow)
    first = asyncio.ensure_future(shopper.ship("first", ("1", 2, 0)))
    await until_begun(shopper, "fulfill")
    others = [
        asyncio.ensure_future(shopper.ship("second", ("1", 2, 0))),
        asyncio.ensure_future(shopper.cancel(items=[{"lineId": "1", "quantity": 1}])),
    ]
    await first
    answers = await asyncio.gather(*others, return_exceptions=True)
    # Which of the two is told first is chance.
    for name in ("shipment_refused", "cancellation_refused"):
        await shop.until_names(shopper, name)

    assert [WorkflowUpdateFailedError] * 2 == [type(answer) for answer in answers]


async def test_what_the_state_does_not_allow_any_more_is_told(shop):
    """A parcel that waited behind the one that fulfilled the purchase is not passed over."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.fault(method="POST", path="/fulfillments", kind="latency", delay="PT1S")
    whole = asyncio.ensure_future(shopper.ship("whole", ("1", 2, 0), ("2", 3, 0)))
    await until_begun(shopper, "fulfill")
    late = asyncio.ensure_future(shopper.ship("late", ("1", 1, 0)))
    await whole
    with pytest.raises(WorkflowUpdateFailedError):
        await late
    await shop.until_names(shopper, "shipment_refused")

    assert State.FULFILLED is (await shopper.record()).state


async def test_over_quantity_never_reaches_digital_river(shop):
    """More than is open is refused by its pointer."""
    shopper = await shop.begin()
    await shopper.order()
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.ship("parcel-1", ("1", 1, 0), ("2", 2, 2))

    assert Refusal.INVALID == caught.value.cause.type
    assert "/items/1/quantity" == caught.value.cause.details[0][0]["pointer"]
    calls = [call["path"] for call in (await shopper.ledger())["requests"]]
    assert [] == [path for path in calls if path.startswith("/fulfillments")]


async def test_cancellation_before_the_order_is_immediate(shop):
    """A purchase without an order ends at once and calls nobody."""
    shopper = await shop.begin()
    answer = await shopper.cancel(by=Party.MERCHANT)

    assert answer.done
    assert State.CANCELLED == await shopper.handle.result()
    assert CancelReason.MERCHANT is (await shopper.record()).reason


async def test_cancelling_an_accepted_purchase_releases_the_money(shop):
    """All open pieces are cancelled at Digital River; the reason is the customer's."""
    shopper = await shop.begin()
    await shopper.order()
    answer = await shopper.cancel()
    await shopper.settled_as("cancelled")
    await shopper.travel(timedelta(minutes=20))
    end = await shopper.handle.result()
    order = (await shopper.ledger())["orders"][0]
    record = await shopper.record()

    assert answer.done
    assert (State.CANCELLED, CancelReason.CUSTOMER) == (end, record.reason)
    assert ("cancelled", float(record.checkout.total_amount)) == (
        order["state"],
        order["cancelledAmount"],
    )
    assert "cancelled" == record.order.state


async def test_cancellation_that_fails_after_it_was_taken_calls_a_person(shop):
    """Digital River may take a cancellation and then be unable to release the money."""
    shopper = await shop.begin()
    await shopper.order(card="4000000000004442")
    await shopper.cancel()
    await shop.until_ledger(
        shopper, lambda ledger: "failed" in str(ledger["charges"][0].get("cancels"))
    )
    await shopper.tell("order.charge.cancel.failed", Hint.MONEY_MOVED)
    record = await shop.until(shopper, lambda record: record.needs_attention)

    assert (State.CANCELLED, "cancellation_failed") == (
        record.state,
        record.needs_attention.reason,
    )


async def test_cancelling_what_is_left_after_a_shipment_fulfils(shop):
    """What was shipped stays shipped; the rest is cancelled, and the purchase is fulfilled."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0))
    await shopper.cancel()
    record = await shopper.record()

    assert (State.FULFILLED, [(2, 0, 0), (0, 3, 0)]) == (record.state, quantities(record))


async def test_cancelling_one_line_twice_is_one_cancellation(shop):
    """The same cancellation told again is the same act."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.cancel(items=[{"lineId": "2", "quantity": 1}])
    await shopper.cancel(items=[{"lineId": "2", "quantity": 1}])
    record = await shopper.record()

    assert [(0, 0, 2), (0, 1, 2)] == quantities(record)
    assert 1 == len((await shopper.ledger())["fulfillments"])


async def test_cancelling_a_line_before_the_order_builds_another_checkout(shop):
    """Before an order exists, fewer pieces mean a new checkout."""
    shopper = await shop.begin()
    await shopper.cancel(items=[{"lineId": "2", "quantity": 3}])
    record = await shopper.record()

    assert ["1"] == [line.line_id for line in record.items]
    assert 2 == len((await shopper.ledger())["checkouts"])


@pytest.mark.parametrize("kind", ["konbini", "review"])
async def test_cancellation_while_undecided_is_asked_for_at_once(shop, kind):
    """Where Digital River takes it, an undecided order is cancelled right away."""
    shopper = await shop.begin()
    if kind == "review":
        await shopper.order(last_name="Review")
    else:
        await shopper.order(kind)
    answer = await shopper.cancel()
    record = await shopper.record()

    assert (True, State.CANCELLED, CancelReason.CUSTOMER) == (
        answer.done,
        record.state,
        record.reason,
    )


async def test_refused_cancellation_is_remembered_and_done_before_anything_ships(shop):
    """The wish is shown, and carried out as soon as the order is accepted."""
    shopper = await shop.begin()
    await shopper.variant(pending_cancel="refuse")
    await shopper.order("konbini")
    answer = await shopper.cancel()
    wished = await shopper.record()
    await shopper.at_provider("pay")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    record = await shopper.until(State.CANCELLED)

    assert not answer.done
    assert (State.PENDING_PAYMENT, Party.CUSTOMER) == (wished.state, wished.cancellation.by)
    assert CancelReason.CUSTOMER is record.reason
    parcels = (await shopper.ledger())["fulfillments"]
    assert [0] == [sum(item["quantity"] for item in parcel["items"]) for parcel in parcels]


async def test_refused_cancellation_is_asked_for_again_in_the_same_state(shop):
    """The order need not move: what was refused once may be taken later."""
    shopper = await shop.begin()
    await shopper.variant(pending_cancel="refuse")
    await shopper.order(last_name="Review")
    answer = await shopper.cancel()
    await shopper.variant(pending_cancel="allow")
    await shopper.travel(timedelta(minutes=20))
    record = await shopper.until(State.CANCELLED)

    assert (False, CancelReason.CUSTOMER) == (answer.done, record.reason)


async def test_fulfilled_purchase_cannot_be_cancelled(shop):
    """What is shipped is shipped."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.cancel()

    assert Refusal.NOT_ALLOWED == caught.value.cause.type


async def test_cancellation_in_the_web_ui_is_the_merchants_wish(shop):
    """The Web UI's button ends the purchase in order, not in the middle of a step."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.handle.cancel()
    record = await shopper.until(State.CANCELLED)

    assert CancelReason.MERCHANT is record.reason
    assert 1 == len((await shopper.ledger())["fulfillments"])


@pytest.mark.parametrize("standing", ["blocked", "in_review", "pending_payment"])
async def test_no_goods_leave_for_an_order_that_is_taken_back(shop, standing, monkeypatch):
    """Once the order is read as anything but accepted, parcels are refused; cancelling is not."""
    shopper = await shop.begin(policy={"poll_interval": timedelta(days=1)})
    await shopper.order()
    read = shop.digital_river.get_order

    async def taken_back(order_id, **more):
        return (await read(order_id, **more)).model_copy(update={"state": standing})

    monkeypatch.setattr(shop.digital_river, "get_order", taken_back)
    await shopper.tell("order.blocked", Hint.BLOCKED)
    differs = await shop.until(shopper, lambda record: record.needs_attention)
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.ship("parcel-1", ("1", 1, 0))
    before = (await shopper.ledger())["fulfillments"]
    await shopper.ship("sold-out", ("1", 0, 1))

    assert ("provider_differs", standing) == (differs.needs_attention.reason, differs.order.state)
    assert Refusal.NOT_ALLOWED == caught.value.cause.type
    assert [] == before
    assert [(0, 1, 1), (0, 0, 3)] == quantities(await shopper.record())


async def test_keys_tell_cancellations_of_the_same_words_apart(shop):
    """Two calls with keys of their own cancel twice, a repeated key once."""
    shopper = await shop.begin()
    await shopper.order()
    for key in ("a", "b", "b"):
        await shopper.cancel(items=[{"lineId": "2", "quantity": 1}], key=key)
    record = await shopper.record()

    assert [0, 2] == [line.cancelled for line in record.items]
    assert 2 == len((await shopper.ledger())["fulfillments"])
