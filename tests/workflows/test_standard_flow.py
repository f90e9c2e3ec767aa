"""The standard flow: checkout, source, order, fulfilment, completion."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from ferryman.purchase.messages import Hint, Refusal, SourceChoice
from ferryman.purchase.states import CancelReason, State
from workflows.purchase import Purchase


def refusal(caught: pytest.ExceptionInfo[WorkflowUpdateFailedError]) -> ApplicationError:
    """The refusal behind a failed call."""
    assert isinstance(caught.value.cause, ApplicationError)
    return caught.value.cause


async def test_card_is_accepted_shipped_and_complete(shop):
    """A good card leads from checkout to complete, with the provider's totals on the way."""
    shopper = await shop.begin()
    built = await shopper.record()
    accepted = await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shopper.settled_as("complete")
    await shopper.tell("order.complete", Hint.COMPLETE)

    assert State.CHECKOUT is built.state
    assert "requires_source" == built.checkout.payment.session.state
    assert State.ACCEPTED is accepted.state
    assert ("accepted", "passed", ("capturable",)) == (
        accepted.order.state,
        accepted.order.fraud_state,
        accepted.order.charge_states,
    )
    assert State.COMPLETE == await shopper.handle.result()
    record = await shopper.record()
    assert [0, 0] == [line.open for line in record.items]
    assert accepted.checkout.total_amount == record.order.captured_amount


async def test_totals_are_digital_rivers(shop):
    """The purchase shows what Digital River computed, not what we sent."""
    shopper = await shop.begin()
    checkout = (await shopper.record()).checkout
    theirs = (await shopper.ledger())["checkouts"][0]

    assert [theirs["subtotal"], theirs["totalTax"], theirs["totalAmount"]] == [
        float(checkout.subtotal),
        float(checkout.total_tax),
        float(checkout.total_amount),
    ]
    assert theirs["sellingEntity"]["id"] == checkout.selling_entity.id


async def test_checkout_carries_what_finds_its_order_again(shop):
    """Our id is the upstream id, and our line ids travel in the lines' metadata."""
    shopper = await shop.begin()
    checkout = (await shopper.ledger())["checkouts"][0]

    assert shopper.id == checkout["upstreamId"]
    assert ["1", "2"] == [item["metadata"]["lineId"] for item in checkout["items"]]


async def test_decline_leads_to_a_new_checkout_and_another_card(shop):
    """A 409 burns the checkout: another one stands ready, and another card is accepted."""
    shopper = await shop.begin()
    first = (await shopper.record()).checkout.id
    await shopper.choose(card="4000000000003600")
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.submit()
    failed = await shopper.record()
    accepted = await shopper.order()

    assert Refusal.DECLINED == refusal(caught).type
    assert (State.PAYMENT_FAILED, "Failed to charge source.") == (
        failed.state,
        failed.customer_message,
    )
    assert first != failed.checkout.id
    assert State.ACCEPTED is accepted.state
    assert 1 == len((await shopper.ledger())["orders"])


async def test_declined_purchase_is_submitted_again_with_the_source_in_one_call(shop):
    """Submit attaches the source that it is given."""
    shopper = await shop.begin()
    source = await shopper.choose(attach=False)
    await shopper.submit(source_id=source)

    assert State.ACCEPTED is (await shopper.record()).state


async def test_fraud_at_submission_blocks(shop):
    """Digital River's own fraud refusal is final; the shopper reads no code."""
    shopper = await shop.begin()
    await shopper.choose(last_name="FraudBlock")
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.submit()

    assert Refusal.DECLINED == refusal(caught).type
    assert State.BLOCKED == await shopper.handle.result()
    assert "fraud" not in (await shopper.record()).customer_message


@pytest.mark.parametrize(
    ("decision", "hint", "state"),
    [("pass", Hint.ACCEPTED, State.ACCEPTED), ("block", Hint.BLOCKED, State.BLOCKED)],
)
async def test_review_is_waited_for(shop, decision, hint, state):
    """An order in review goes on only by Digital River's decision, and ships nothing before."""
    shopper = await shop.begin()
    in_review = await shopper.order(last_name="Review")
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.ship("parcel-1", ("1", 1, 0))
    await shopper.at_provider("review", decision=decision)
    await shopper.tell(f"order.{hint}", hint)
    decided = await shopper.until(state)

    assert State.IN_REVIEW is in_review.state
    assert Refusal.NOT_ALLOWED == refusal(caught).type
    assert state is decided.state
    assert [] == (await shopper.ledger())["fulfillments"]


async def test_overdue_review_calls_a_person(shop):
    """After the review window somebody has to look; the purchase still waits."""
    shopper = await shop.begin(policy={"poll_interval": timedelta(days=1)})
    await shopper.order(last_name="Review")
    await shopper.travel(timedelta(days=3, minutes=1))
    record = await shop.until(shopper, lambda record: record.needs_attention)

    assert (State.IN_REVIEW, "review_overdue") == (record.state, record.needs_attention.reason)


async def test_unsubmitted_purchase_expires(shop):
    """Nothing is ever submitted by itself."""
    shopper = await shop.begin()
    await shopper.choose()
    await shopper.travel(timedelta(hours=24, minutes=1))

    assert State.EXPIRED == await shopper.handle.result()
    assert [] == (await shopper.ledger())["orders"]


async def test_submit_without_a_source_reaches_nobody(shop):
    """An order is asked for only when the checkout is paid for."""
    shopper = await shop.begin()
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.submit()

    assert Refusal.NOT_ALLOWED == refusal(caught).type
    assert State.CHECKOUT is (await shopper.record()).state
    assert [] == [
        call for call in (await shopper.ledger())["requests"] if call["path"] == "/orders"
    ]


async def test_what_an_order_needs_is_named_before_the_provider_is_asked(shop):
    """Physical goods without shipping choice and address are refused by their pointers."""
    shopper = await shop.begin(shipTo=None, shippingChoice=None)
    await shopper.choose()
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.submit()

    pointers = [problem["pointer"] for problem in refusal(caught).details[0]]
    assert ["/shipTo", "/shippingChoice"] == pointers


async def test_mendable_refusal_keeps_the_checkout(shop):
    """A 400 at the order is mended on the same checkout."""
    shopper = await shop.begin()
    await shopper.choose()
    await shopper.fault(
        method="POST",
        path="/orders",
        kind="status",
        status=400,
        body={
            "type": "bad_request",
            "errors": [
                {"code": "order_create_failed", "parameter": "email", "message": "Bad email."}
            ],
        },
    )
    before = await shopper.record()
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.submit()
    refused = await shopper.record()
    await shopper.submit()

    assert [{"pointer": "/email", "detail": "Bad email."}] == refusal(caught).details[0]
    assert (State.CHECKOUT, before.checkout.id) == (refused.state, refused.checkout.id)
    assert State.ACCEPTED is (await shopper.record()).state


@pytest.mark.parametrize("code", ["create-order-failed", "additional_information_required"])
async def test_conflict_that_is_not_about_money_is_no_failed_payment(shop, code):
    """Such a conflict needs a new checkout, and leaves the purchase in checkout."""
    shopper = await shop.begin()
    await shopper.choose()
    before = await shopper.record()
    await shopper.fault(
        method="POST",
        path="/orders",
        kind="status",
        status=409,
        body={
            "type": "conflict",
            "errors": [{"code": code, "parameter": "taxIdentifiers", "message": "Tax id."}],
        },
    )
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.submit()
    record = await shopper.record()

    assert Refusal.INVALID == refusal(caught).type
    assert State.CHECKOUT is record.state
    assert before.checkout.id != record.checkout.id


async def test_refused_checkout_is_mended_by_patch(shop):
    """A checkout that Digital River refuses waits to be mended, then stands."""
    address = {"country": "US", "line1": "1 Main St", "city": "Minnetonka", "state": "MN"}
    wrong = {"name": "Erika Beispiel", "address": {**address, "postalCode": "x"}}
    right = {"name": "Erika Beispiel", "address": {**address, "postalCode": "55343"}}
    shopper, start = shop.prepare(shipTo=wrong)
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await start
    refused = await shopper.record()
    await shopper.patch(ship_to=right)
    mended = await shopper.record()

    assert "/address/postalCode" == refusal(caught).details[0][0]["pointer"]
    assert (State.CHECKOUT, None) == (refused.state, refused.checkout)
    assert mended.checkout is not None


async def test_address_changes_in_place_and_lines_by_a_new_checkout(shop):
    """What Digital River lets a checkout change stays in it; other lines mean another one."""
    shopper = await shop.begin()
    first = (await shopper.record()).checkout
    await shopper.patch(shipping_choice={"amount": 7, "serviceLevel": "SG"})
    changed = (await shopper.record()).checkout
    line = {"lineId": "9", "skuId": "socks", "quantity": 1, "price": 4, "physical": True}
    await shopper.patch(items=[line])
    rebuilt = await shopper.record()

    assert (first.id, first.total_shipping + 2) == (changed.id, changed.total_shipping)
    assert first.id != rebuilt.checkout.id
    assert ["9"] == [item.line_id for item in rebuilt.items]


async def test_registered_shopper_is_made_known_and_saves_a_source(shop):
    """The customer is created under the merchant's id, and the source is saved before it pays."""
    customer = {"id": f"c-{shop.task_queue}", "email": "erika@example.com"}
    shopper = await shop.begin(customer=customer)
    source = await shopper.choose(attach=False, readyForStorage=True, reusable=True)
    await shopper.handle.execute_update(
        Purchase.source, SourceChoice(source_id=source, save_for_future=True)
    )
    again = await shop.begin(customer=customer)
    ledger = await shopper.ledger()
    attached = [call["path"] for call in ledger["requests"] if source in call["path"]]

    assert customer["id"] == ledger["checkouts"][0]["customerId"]
    assert [f"/customers/{customer['id']}/sources/{source}"] == attached[:1]
    assert customer["id"] == (await again.ledger())["checkouts"][0]["customerId"]


async def test_guest_makes_no_customer_call(shop):
    """A guest's purchase never touches the customers."""
    shopper = await shop.begin()
    await shopper.order()

    calls = [call["path"] for call in (await shopper.ledger())["requests"]]
    assert [] == [path for path in calls if path.startswith("/customers")]


async def test_capture_failure_calls_a_person(shop):
    """A capture that fails after the shipment is nobody's success."""
    shopper = await shop.begin()
    await shopper.order(card="4000000000004103")
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shop.until_ledger(
        shopper, lambda ledger: "failed" in str(ledger["charges"][0].get("captures"))
    )
    await shopper.travel(timedelta(minutes=20))
    record = await shop.until(shopper, lambda record: record.needs_attention)

    assert (State.FULFILLED, "capture_failed") == (record.state, record.needs_attention.reason)


async def test_capture_that_succeeds_after_all_calls_nobody(shop):
    """Digital River tries a failed capture again by itself; then nobody has to look any more."""
    shopper = await shop.begin()
    await shopper.variant(capture_retry="PT1H")
    await shopper.order(card="4000000000004103")
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shop.until_ledger(
        shopper, lambda ledger: "failed" in str(ledger["charges"][0].get("captures"))
    )
    await shopper.travel(timedelta(minutes=20))
    failed = await shop.until(shopper, lambda record: record.needs_attention)
    await shopper.travel(timedelta(hours=2))
    record = await shopper.until(State.COMPLETE)

    assert "capture_failed" == failed.needs_attention.reason
    assert record.needs_attention is None


async def test_refused_key_calls_a_person_and_loses_nothing(shop):
    """A key that Digital River refuses is a person's to mend; the purchase waits and goes on."""
    shopper = await shop.begin()
    await shopper.choose()
    await shopper.fault(method="POST", path="/orders", kind="status", status=401, times=2)
    submission = asyncio.ensure_future(shopper.submit())
    waiting = await shop.until(shopper, lambda record: record.needs_attention)
    await submission
    record = await shopper.record()

    assert (State.SUBMITTING, "provider_key_refused") == (
        waiting.state,
        waiting.needs_attention.reason,
    )
    assert (State.ACCEPTED, None) == (record.state, record.needs_attention)


async def test_dispute_holds_a_shipment_and_resolves_back(shop):
    """While disputed a shipment is held; afterwards it goes out by itself."""
    shopper = await shop.begin_disputed()
    held = await shopper.ship("parcel-1", ("1", 1, 0), ("2", 3, 0))
    during = (await shopper.ledger())["fulfillments"]
    await shopper.at_provider("resolve")
    await shopper.tell("order.dispute.resolved", Hint.RESOLVED)
    record = await shopper.until(State.FULFILLED, State.COMPLETE)

    assert (False, 1) == (held.done, len(during))
    assert ["captured", "shipped"] == [parcel.state for parcel in record.fulfillments]


async def test_order_that_was_shipped_elsewhere_calls_a_person(shop):
    """What somebody did at Digital River behind our back is seen, and is not taken for ours."""
    shopper = await shop.begin()
    await shopper.order()
    order = (await shopper.ledger())["orders"][0]
    items = [{"itemId": item["id"], "quantity": item["quantity"]} for item in order["items"]]
    await shop.digital_river.create_fulfillment({"orderId": order["id"], "items": items})
    await shopper.settled_as("fulfilled", "complete")
    await shopper.travel(timedelta(minutes=20))
    record = await shop.until(shopper, lambda record: record.needs_attention)

    assert (State.ACCEPTED, "provider_differs") == (record.state, record.needs_attention.reason)
    assert [2, 3] == [line.open for line in record.items]


async def test_cancelled_by_digital_river_after_acceptance(shop):
    """An order that somebody cancelled at Digital River ends the purchase with that reason."""
    shopper = await shop.begin()
    await shopper.order()
    order = (await shopper.ledger())["orders"][0]
    items = [{"itemId": item["id"], "cancelQuantity": item["quantity"]} for item in order["items"]]
    await shop.digital_river.create_fulfillment({"orderId": order["id"], "items": items})
    await shopper.settled_as("cancelled")
    await shopper.travel(timedelta(minutes=20))
    record = await shopper.until(State.CANCELLED)

    assert CancelReason.PROVIDER is record.reason


async def test_order_that_goes_back_to_what_the_watch_knew_is_seen(shop):
    """A dispute told by an event and resolved in silence within one interval is over here too."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 1, 0))
    await shop.until_ledger(
        shopper, lambda ledger: "complete" in str(ledger["charges"][0].get("captures"))
    )
    await shopper.travel(timedelta(minutes=20))
    await shop.until(shopper, lambda record: record.order.captured_amount)
    await shopper.at_provider("dispute")
    await shopper.tell("order.dispute", Hint.DISPUTED)
    await shopper.until(State.DISPUTED)
    await shopper.at_provider("resolve")
    await shopper.settled_as("accepted")
    await shopper.travel(timedelta(minutes=20))

    assert State.ACCEPTED is (await shopper.until(State.ACCEPTED)).state
