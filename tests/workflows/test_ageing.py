"""Authorisations age while goods wait: a warning two days before the end, then nothing ships."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import Hint, Refusal
from ferryman.purchase.states import CancelReason, State

# The timers are under test here, not the polls.
SPARSE = {"poll_interval": timedelta(days=1)}
WHOLE = (("1", 2, 0), ("2", 3, 0))


def reason(record) -> str | None:
    """Why a person is called, if one is."""
    return record.needs_attention.reason if record.needs_attention else None


async def aged(shop, days: int, **more):
    """An accepted purchase whose authorisation is so old."""
    shopper = await shop.begin(policy=SPARSE | more)
    await shopper.order()
    await shopper.travel(timedelta(days=days))
    return shopper


async def test_shipment_on_day_four_is_nothing_special(shop):
    """A young authorisation calls nobody and holds nothing up."""
    shopper = await aged(shop, 4)
    before = await shopper.record()
    await shopper.ship("parcel-1", *WHOLE)

    assert None is reason(before)
    assert State.FULFILLED is (await shopper.record()).state


async def test_shipment_on_day_six_goes_out_after_a_warning(shop):
    """From day five on a person is told; shipping all settles it."""
    shopper = await aged(shop, 6)
    before = await shop.until(shopper, reason)
    await shopper.ship("parcel-1", ("1", 2, 0))
    partly = await shopper.record()
    await shopper.ship("parcel-2", ("2", 3, 0))
    record = await shopper.record()

    assert ["authorization_expiring"] * 2 == [reason(before), reason(partly)]
    assert (State.FULFILLED, None) == (record.state, reason(record))


async def test_shipment_on_day_eight_is_refused_and_cancellation_is_not(shop):
    """Nothing ships against an old authorisation; what is open can be cancelled and ends well."""
    shopper = await aged(shop, 8)
    before = await shop.until(shopper, lambda record: reason(record) == "authorization_expired")
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.ship("parcel-1", ("1", 1, 1))
    await shopper.ship("sold-out", ("1", 0, 1))
    partly = await shopper.record()
    await shopper.cancel()
    record = await shopper.record()

    assert Refusal.NOT_ALLOWED == caught.value.cause.type
    assert "older than 7 days" in str(caught.value.cause)
    assert (State.ACCEPTED, State.ACCEPTED) == (before.state, partly.state)
    assert (State.CANCELLED, CancelReason.CUSTOMER) == (record.state, record.reason)
    assert None is reason(record)
    parcels = (await shopper.ledger())["fulfillments"]
    assert 0 == sum(item["quantity"] for parcel in parcels for item in parcel["items"])


async def test_what_a_first_parcel_has_left_of_an_authorisation_ages_with_it(shop):
    """A partial capture does not make the rest of the authorisation any younger."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order()
    await shopper.travel(timedelta(days=4))
    await shopper.ship("parcel-1", ("1", 2, 0))
    await shopper.travel(timedelta(days=4))
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.ship("parcel-2", ("2", 3, 0))
    await shopper.cancel()
    record = await shopper.record()

    assert Refusal.NOT_ALLOWED == caught.value.cause.type
    assert (State.FULFILLED, None) == (record.state, reason(record))


async def test_days_in_review_count(shop):
    """The money was authorised when the order was created, not when its review had passed."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order(last_name="Review")
    await shopper.travel(timedelta(days=6))
    await shopper.at_provider("review", decision="pass")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    record = await shopper.until(State.ACCEPTED)

    assert "authorization_expiring" == reason(record)


async def test_pushed_money_does_not_age(shop):
    """What the shopper has paid is here: no timer, no warning, and goods go out in any week."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order("konbini")
    await shopper.at_provider("pay")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await shopper.until(State.ACCEPTED)
    await shopper.travel(timedelta(days=20))
    before = await shopper.record()
    await shopper.ship("parcel-1", *WHOLE)

    assert None is reason(before)
    assert State.FULFILLED is (await shopper.record()).state
    assert "authorization_aged" not in await shopper.names()


async def test_risk_tolerant_account_ships_as_late_as_it_is_set(shop):
    """Where Digital River captures expired money by force, the merchant says how late."""
    shopper = await aged(shop, 27, authorization_age=timedelta(days=30))
    before = await shopper.record()
    await shopper.travel(timedelta(days=2))
    warned = await shop.until(shopper, reason)
    await shopper.ship("parcel-1", *WHOLE)

    assert None is reason(before)
    assert "authorization_expiring" == reason(warned)
    assert State.FULFILLED is (await shopper.record()).state


async def test_held_shipment_of_a_long_dispute_calls_a_person(shop):
    """When the dispute is over and the authorisation too old, the parcel is not sent after all."""
    shopper = await shop.begin_disputed(policy=SPARSE)
    await shopper.ship("parcel-1", ("1", 1, 0))
    held = await shopper.record()
    await shopper.travel(timedelta(days=8))
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.ship("parcel-2", ("2", 1, 0))
    await shopper.at_provider("resolve")
    await shopper.tell("order.dispute.resolved", Hint.RESOLVED)
    record = await shop.until(shopper, lambda record: reason(record) == "shipment_refused")
    told = [entry.detail.get("reason") for entry in await shop.records.timeline(shopper.id)]

    assert ["captured", "held"] == [parcel.state for parcel in held.fulfillments]
    assert None is reason(held)
    assert Refusal.NOT_ALLOWED == caught.value.cause.type
    assert State.ACCEPTED is record.state
    assert "authorization_expired" in told
    assert ["captured"] == [each.state for each in (await shopper.record()).fulfillments]
    assert 1 == len((await shopper.ledger())["fulfillments"])


async def test_held_report_of_what_cannot_be_had_is_sent_however_old_the_authorisation(shop):
    """No goods leave by it, and its money is to be released: a long dispute does not lose it."""
    shopper = await shop.begin_disputed(policy=SPARSE)
    await shopper.ship("parcel-1", ("1", 1, 0))
    await shopper.ship("sold-out", ("2", 0, 1))
    await shopper.travel(timedelta(days=8))
    await shopper.at_provider("resolve")
    await shopper.tell("order.dispute.resolved", Hint.RESOLVED)
    await shop.until_names(shopper, "shipment_refused")
    record = await shopper.record()
    told = [entry.detail for entry in await shop.records.timeline(shopper.id)]

    assert ["parcel-0", "sold-out"] == [each.shipment_id for each in record.fulfillments]
    assert [0, 1] == [line.cancelled for line in record.items]
    assert {"shipmentId": "sold-out"} in told
    assert 2 == len((await shopper.ledger())["fulfillments"])
