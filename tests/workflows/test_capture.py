"""The money of what has left: followed to its parcel, and nothing more leaves where it fails."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.common import WorkflowIDReusePolicy

from activities.fulfillments import TOO_LATE
from ferryman.purchase.messages import Hint, ProviderEvent, Refusal
from ferryman.purchase.purchase import ParcelState
from ferryman.purchase.states import State
from workflows.parked_event import ParkedEvent

# The events are under test here, not the polls.
SPARSE = {"poll_interval": timedelta(days=1)}
CAPTURE_FAILS, CANCEL_FAILS = "4000000000004103", "4000000000004442"


async def part_ended(shop, shopper, kind: str, state: str) -> None:
    """Wait until Digital River has ended a capture or release so."""
    await shop.until_ledger(
        shopper,
        lambda ledger: any(
            part["state"] == state for charge in ledger["charges"] for part in charge.get(kind, [])
        ),
    )


async def failing(shop, **more):
    """An accepted purchase with one parcel whose money could not be taken."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(**more)
    await shopper.order(card=CAPTURE_FAILS)
    await shopper.ship("parcel-1", ("1", 1, 0))
    await part_ended(shop, shopper, "captures", "failed")
    await shopper.tell("order.charge.capture.failed", Hint.MONEY_MOVED)
    await shop.until(shopper, lambda record: record.needs_attention)
    return shopper


async def test_captured_parcels_say_so(shop):
    """Each parcel shows whether its money is here."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 1, 0))
    await part_ended(shop, shopper, "captures", "complete")
    await shopper.ship("parcel-2", ("1", 1, 0))
    await shopper.tell("order.charge.capture.complete", Hint.MONEY_MOVED)
    record = await shop.until(
        shopper, lambda record: record.fulfillments[0].state is ParcelState.CAPTURED
    )

    assert ["parcel-1", "parcel-2"] == [parcel.shipment_id for parcel in record.fulfillments]


async def test_failed_capture_stops_the_goods_and_names_the_parcel(shop):
    """A person is called and told which parcel; more goods are refused, a cancellation is not."""
    shopper = await failing(shop)
    record = await shopper.record()
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.ship("parcel-2", ("2", 1, 0))
    await shopper.ship("sold-out", ("2", 0, 3))
    told = {entry.name: entry.detail for entry in await shop.records.timeline(shopper.id)}

    assert "capture_failed" == record.needs_attention.reason
    assert [ParcelState.CAPTURE_FAILED] == [parcel.state for parcel in record.fulfillments]
    assert {"shipmentId": "parcel-1"} == told["capture_failed"]
    assert Refusal.NOT_ALLOWED == caught.value.cause.type
    assert "the money of shipment parcel-1 could not be taken" in str(caught.value.cause)
    assert 2 == len((await shopper.ledger())["fulfillments"])


async def test_capture_that_succeeds_after_all_lifts_the_stop(shop):
    """Digital River tries again by itself; then nobody need come, and goods may leave."""
    shopper = await failing(shop, captureRetry="P2D")
    await shop.control("POST", "clock/advance", {"by": "P3D"})
    await part_ended(shop, shopper, "captures", "complete")
    await shopper.tell("order.charge.capture.complete", Hint.MONEY_MOVED)
    lifted = await shop.until(shopper, lambda record: record.needs_attention is None)
    await shopper.variant(captureRetry="PT0.1S")
    answer = await shopper.ship("parcel-2", ("1", 1, 0))

    assert ParcelState.CAPTURED is lifted.fulfillments[0].state
    assert "captured_after_all" in await shopper.names()
    assert answer.done


async def test_second_try_beside_the_failed_one_lifts_the_stop_for_good(shop, monkeypatch):
    """The order keeps both and names no parcel; a later parcel's capture is no news of them."""
    shopper = await failing(shop)
    read = shop.digital_river.get_order

    async def tried_again(order_id, **more):
        order = await read(order_id, **more)
        charge = order.payment.charges[0]
        failed = charge.captures[0]
        again = failed.model_copy(update={"id": "second-try", "state": "complete"})
        changed = charge.model_copy(update={"captures": (failed, again)})
        payment = order.payment.model_copy(update={"charges": (changed,)})
        return order.model_copy(update={"payment": payment})

    monkeypatch.setattr(shop.digital_river, "get_order", tried_again)
    await shopper.tell("order.charge.capture.complete", Hint.MONEY_MOVED)
    lifted = await shop.until(shopper, lambda record: record.needs_attention is None)
    await shopper.ship("parcel-2", ("1", 1, 0))
    await shopper.tell("fulfillment.created", Hint.MONEY_MOVED)
    await shop.until_names(shopper, "fulfillment.created")
    record = await shopper.record()

    assert ParcelState.CAPTURED is lifted.fulfillments[0].state
    assert [ParcelState.CAPTURED, ParcelState.SHIPPED] == [
        parcel.state for parcel in record.fulfillments
    ]
    assert None is record.needs_attention


async def test_shipment_that_was_held_does_not_leave_for_unpaid_goods(shop):
    """What waited for the end of a dispute is refused where a capture has failed meanwhile."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 1, 0))
    await part_ended(shop, shopper, "captures", "complete")
    await shopper.at_provider("dispute")
    await shopper.tell("order.dispute", Hint.DISPUTED)
    await shopper.until(State.DISPUTED)
    await shopper.ship("parcel-2", ("1", 1, 0))
    await shopper.at_provider("resolve")
    read = shop.digital_river.get_order

    async def unpaid(order_id, **more):
        order = await read(order_id, **more)
        charge = order.payment.charges[0]
        captures = [part.model_copy(update={"state": "failed"}) for part in charge.captures]
        charges = (charge.model_copy(update={"captures": tuple(captures)}),)
        payment = order.payment.model_copy(update={"charges": charges})
        return order.model_copy(update={"payment": payment})

    shop.digital_river.get_order = unpaid
    await shopper.tell("order.dispute.resolved", Hint.RESOLVED)
    await shop.until_names(shopper, "shipment_refused")

    assert 1 == len((await shopper.ledger())["fulfillments"])


async def test_failed_release_shows_on_its_cancellation(shop):
    """Of a part that was cancelled and is still held, the cancellation says so; a person comes."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order(card=CANCEL_FAILS)
    await shopper.cancel(items=[{"lineId": "2", "quantity": 1}])
    await part_ended(shop, shopper, "cancels", "failed")
    await shopper.tell("order.charge.cancel.failed", Hint.MONEY_MOVED)
    record = await shop.until(shopper, lambda record: record.needs_attention)

    assert (State.ACCEPTED, "cancellation_failed") == (
        record.state,
        record.needs_attention.reason,
    )
    assert [ParcelState.CANCEL_FAILED] == [parcel.state for parcel in record.fulfillments]
    assert "partly_cancelled_at_provider" in await shopper.names()


async def test_release_that_fails_after_the_purchase_has_closed_calls_a_person(shop, monkeypatch):
    """A cancelled order whose money was not given back after all is seen by somebody."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.cancel()
    await shopper.settled_as("cancelled")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    await shopper.handle.result()
    order_id = (await shopper.record()).order.id
    read = shop.digital_river.get_order

    async def held(order_id, **more):
        order = await read(order_id, **more)
        charge = order.payment.charges[0]
        cancels = [part.model_copy(update={"state": "failed"}) for part in charge.cancels]
        changed = charge.model_copy(update={"state": "capturable", "cancels": tuple(cancels)})
        payment = order.payment.model_copy(update={"charges": (changed,)})
        return order.model_copy(update={"payment": payment})

    monkeypatch.setattr(shop.digital_river, "get_order", held)
    event = ProviderEvent(
        id="late-1", name="order.charge.cancel.failed", hint=Hint.MONEY_MOVED, order_id=order_id
    )
    handle = await shop.temporal.client.start_workflow(
        ParkedEvent.run,
        event,
        id=f"parked-event/{shopper.id}",
        task_queue=shop.task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )
    await handle.result()
    record = await shopper.record()

    assert (State.CANCELLED, "cancellation_failed") == (
        record.state,
        record.needs_attention.reason,
    )


async def test_bank_that_refuses_again_stops_the_parcel_and_may_be_asked_again(shop):
    """Of a risk-averse account the bank is asked anew; the same parcel may go out later."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order()
    body = {"errors": [{"code": "payment_authorization_failed", "description": "It has expired."}]}
    await shopper.fault(method="POST", path="/fulfillments", kind="status", status=409, body=body)
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.ship("parcel-1", ("1", 1, 0))
    refused = await shopper.record()
    await shopper.ship("parcel-1", ("1", 1, 0))
    await shopper.tell("order.accepted", Hint.DIFFERS)
    record = await shopper.record()

    assert "reauthorization_failed" == refused.needs_attention.reason
    assert "the bank refused to authorize the payment again" in str(caught.value.cause)
    assert None is record.needs_attention
    assert 1 == len((await shopper.ledger())["fulfillments"])


async def test_event_of_a_failed_reauthorisation_calls_a_person(shop):
    """The event alone is enough, unless a parcel has been taken since."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order()
    await shopper.tell("order.charge.reauth.failed", Hint.REAUTH_FAILED)
    record = await shop.until(shopper, lambda record: record.needs_attention)

    assert "reauthorization_failed" == record.needs_attention.reason


async def test_parcel_whose_turn_comes_too_late_does_not_leave(shop):
    """Where Digital River is away until the authorisation is too old, nothing is captured."""
    shopper = await shop.begin(policy=SPARSE | {"authorization_age": timedelta(seconds=4)})
    await shopper.order()
    await shopper.fault(path="/fulfillments", kind="status", status=503, times=0)
    shipping = asyncio.create_task(shopper.ship("parcel-1", ("1", 1, 0)))
    await shop.until(shopper, lambda record: record.waiting_for.what == "provider")
    await shopper.travel(timedelta(seconds=5))
    await shop.control("DELETE", "faults")
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shipping
    told = [entry.detail.get("code") for entry in await shop.records.timeline(shopper.id)]

    assert "authorization is older than" in str(caught.value.cause)
    assert TOO_LATE in told
    assert [] == (await shopper.ledger())["fulfillments"]
