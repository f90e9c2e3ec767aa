"""Orders that wait for money: push payments and redirects, paid, unpaid and in silence."""

from datetime import datetime, timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import Hint
from ferryman.purchase.states import CancelReason, State

# The timers are under test here, not the polls.
SPARSE = {"poll_interval": timedelta(days=1)}
LIVE = {"pending_payment", "in_review", "accepted", "fulfilled", "complete"}


async def live_orders(shopper) -> int:
    """How many orders of the purchase could still cost money."""
    return len([order for order in (await shopper.ledger())["orders"] if order["state"] in LIVE])


async def test_wire_transfer_is_paid_late_in_the_window(shop):
    """Instructions and a deadline of 30 days; money on day 29 is as good as on day one."""
    shopper = await shop.begin(policy=SPARSE)
    pending = await shopper.order("wireTransfer")
    await shopper.travel(timedelta(days=29))
    alive = await shopper.record()
    await shopper.at_provider("pay")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    accepted = await shopper.until(State.ACCEPTED)

    created = datetime.fromisoformat((await shopper.ledger())["orders"][0]["createdTime"])
    assert State.PENDING_PAYMENT is pending.state
    assert "show_payment_instructions" == pending.next_action.action
    assert created + timedelta(days=30) == pending.payment_deadline
    assert State.PENDING_PAYMENT is alive.state
    assert (None, None) == (accepted.next_action, accepted.payment_deadline)


async def test_payment_is_found_without_any_event(shop):
    """With every webhook lost, the poll finds the payment."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider("pay")
    await shopper.settled_as("accepted")
    await shopper.travel(timedelta(minutes=20))

    assert State.ACCEPTED is (await shopper.until(State.ACCEPTED)).state


@pytest.mark.parametrize(
    ("variant", "told", "reasons"),
    [
        ("cancelled", [Hint.CANCELLED], [CancelReason.PAYMENT_WINDOW_CLOSED]),
        ("charge_failed", [Hint.CHARGE_FAILED], [CancelReason.CHARGE_FAILED]),
        (
            "cancelled_then_charge_failed",
            [Hint.CANCELLED, Hint.CHARGE_FAILED],
            [CancelReason.CHARGE_FAILED],
        ),
        (
            "charge_failed_then_cancelled",
            [Hint.CHARGE_FAILED, Hint.CANCELLED],
            [CancelReason.CHARGE_FAILED],
        ),
    ],
)
async def test_unpaid_push_payment_ends_by_either_event(shop, variant, told, reasons):
    """Either event, or both in either order, cancels the purchase once and for good."""
    shopper = await shop.begin()
    await shopper.variant(unpaid=variant)
    await shopper.order("konbini")
    await shopper.at_provider("expire")
    for hint in told:
        await shopper.tell(f"order.{hint}", hint)
    record = await shopper.until(State.CANCELLED)
    end = await shopper.handle.result()

    assert State.CANCELLED == end
    assert record.reason in reasons
    assert 0 == await live_orders(shopper)


async def test_failed_charge_is_found_without_any_event(shop):
    """An order that stays pending over a failed charge ends with the next poll."""
    shopper = await shop.begin()
    await shopper.variant(unpaid="charge_failed", charge_failed_state="pending_payment")
    await shopper.order("konbini")
    await shopper.at_provider("expire")
    await shopper.travel(timedelta(minutes=20))
    record = await shopper.until(State.CANCELLED)

    assert CancelReason.CHARGE_FAILED is record.reason
    assert ("pending_payment", ("failed",)) == (record.order.state, record.order.charge_states)


async def test_unpaid_push_payment_in_silence_is_cancelled_after_the_grace(shop):
    """No event comes: at the deadline plus grace the order is re-read, cancelled there and here."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(unpaid="silent")
    await shopper.order("konbini")
    await shopper.travel(timedelta(days=7, hours=5))
    before = await shopper.record()
    await shopper.travel(timedelta(hours=2))
    record = await shopper.until(State.CANCELLED)
    await shopper.settled_as("cancelled")
    await shopper.travel(timedelta(days=2))
    end = await shopper.handle.result()

    assert State.PENDING_PAYMENT is before.state
    assert (CancelReason.PAYMENT_WINDOW_CLOSED, State.CANCELLED) == (record.reason, end)
    assert 0 == await live_orders(shopper)


async def test_refused_cancellation_of_an_unpaid_order_is_watched(shop):
    """Where Digital River will not cancel, a person is called, and late money is noticed."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(unpaid="silent", pending_cancel="refuse")
    await shopper.order("konbini")
    await shopper.travel(timedelta(days=7, hours=7))
    record = await shop.until(shopper, lambda record: record.needs_attention)

    assert (State.CANCELLED, CancelReason.PAYMENT_WINDOW_CLOSED) == (record.state, record.reason)
    assert "unpaid_order_not_cancelled" == record.needs_attention.reason
    assert "RUNNING" == (await shopper.handle.describe()).status.name


async def test_person_called_for_an_unpaid_order_is_dismissed_once_it_has_ended(shop):
    """Where Digital River ends the order by itself after all, there is nothing to look at."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(unpaid="silent", pending_cancel="refuse")
    await shopper.order("konbini")
    await shopper.travel(timedelta(days=7, hours=7))
    await shop.until(shopper, lambda record: record.needs_attention)
    await shopper.variant(unpaid="cancelled")
    await shopper.at_provider("expire")
    await shopper.settled_as("cancelled")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    end = await shopper.handle.result()
    record = await shopper.record()

    assert (State.CANCELLED, "cancelled", None) == (end, record.order.state, record.needs_attention)


async def test_late_money_is_told_by_its_own_name(shop):
    """Who was called for an unpaid order that stays open learns that it is paid for now."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(unpaid="silent", pending_cancel="refuse")
    await shopper.order("konbini")
    await shopper.travel(timedelta(days=7, hours=7))
    await shop.until(shopper, lambda record: record.needs_attention)
    await shopper.at_provider("pay", force=True)
    await shopper.settled_as("accepted")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await shop.until_names(shopper, "order.accepted")
    record = await shop.until(
        shopper,
        lambda record: record.needs_attention and record.needs_attention.reason == "late_payment",
    )

    assert State.CANCELLED is record.state


async def test_order_of_unknown_standing_keeps_a_person_called(shop, monkeypatch):
    """After the window only a person can say what such an order is; the next look does not."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(unpaid="silent")
    await shopper.order("konbini")
    read = shop.digital_river.get_order

    async def unheard_of(order_id, **more):
        return (await read(order_id, **more)).model_copy(update={"state": "under_the_counter"})

    monkeypatch.setattr(shop.digital_river, "get_order", unheard_of)
    await shopper.travel(timedelta(days=7, hours=7))
    called = await shop.until(shopper, lambda record: record.needs_attention)
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await shop.until_names(shopper, "order.accepted")
    record = await shop.until(shopper, lambda record: record.version > called.version)

    assert ["provider_differs"] * 2 == [
        each.needs_attention and each.needs_attention.reason for each in (called, record)
    ]
    assert State.PENDING_PAYMENT is record.state


async def test_redirect_is_approved(shop):
    """The shopper pays at the other site, comes back, and the order is accepted."""
    shopper = await shop.begin()
    pending = await shopper.order("bancontact", returnUrl="https://shop.example/back")
    await shopper.at_provider("pay")
    await shopper.refresh()
    record = await shopper.until(State.ACCEPTED)

    assert (State.PENDING_PAYMENT, "redirect") == (pending.state, pending.next_action.action)
    assert "/redirects/" in pending.next_action.data["redirectUrl"]
    assert State.ACCEPTED is record.state


async def test_abandoned_redirect_leaves_one_live_order(shop):
    """A redirect that came to nothing is followed by a card; the first order is cancelled."""
    shopper = await shop.begin()
    await shopper.order("bancontact", returnUrl="https://shop.example/back")
    await shopper.at_provider("abandon")
    await shopper.refresh()
    failed = await shopper.record()
    accepted = await shopper.order()
    await shopper.travel(timedelta(minutes=31))
    await shop.until(shopper, lambda _: True)

    assert (State.PAYMENT_FAILED, None) == (failed.state, failed.order)
    assert failed.checkout is not None
    assert State.ACCEPTED is accepted.state
    assert 1 == await live_orders(shopper)
    assert 2 == len((await shopper.ledger())["orders"])


async def test_shopper_who_never_returns_from_a_redirect(shop):
    """In silence a redirect ends like any unpaid order: cancelled once its window has closed."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(unpaid="silent", redirect_cancel="pending")
    await shopper.order("bancontact", returnUrl="https://shop.example/back")
    await shopper.travel(timedelta(hours=7, minutes=5))
    record = await shopper.until(State.CANCELLED)

    assert CancelReason.PAYMENT_WINDOW_CLOSED is record.reason


async def test_coming_back_twice_changes_nothing(shop):
    """A second return from an approved redirect finds what the first one found."""
    shopper = await shop.begin()
    await shopper.order("bancontact", returnUrl="https://shop.example/back")
    await shopper.at_provider("pay")
    await shopper.refresh()
    await shopper.until(State.ACCEPTED)
    version = (await shopper.refresh()).version

    assert version == (await shopper.record()).version
    assert ["accepted"] == [name for name in await shopper.names() if name == "accepted"]


async def test_failed_charge_shows_its_message_and_never_its_code(shop):
    """The shopper reads the charge's failure message."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider(
        "charge-fails", failureCode="insufficient_funds", failureMessage="Not enough money."
    )
    await shopper.tell("order.charge.failed", Hint.CHARGE_FAILED)
    record = await shopper.until(State.CANCELLED)

    assert (CancelReason.CHARGE_FAILED, "Not enough money.") == (
        record.reason,
        record.customer_message,
    )
    assert "insufficient_funds" not in record.model_dump_json()
    told = [entry.detail for entry in await shop.records.timeline(shopper.id)]
    assert {"failureCode": "insufficient_funds"} in told


async def test_declined_again_after_a_failed_redirect(shop):
    """The checkout window bounds all attempts together."""
    shopper = await shop.begin()
    await shopper.order("bancontact", returnUrl="https://shop.example/back")
    await shopper.at_provider("abandon")
    await shopper.refresh()
    await shopper.choose(card="4000000000003600")
    with pytest.raises(WorkflowUpdateFailedError):
        await shopper.submit()
    await shopper.travel(timedelta(hours=25))

    assert State.EXPIRED is (await shopper.until(State.EXPIRED)).state


async def test_failed_charge_is_noted_once(shop):
    """Every later look at an order that stays open shows the same failure, which is no news."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(charge_failed_state="pending_payment", pending_cancel="refuse")
    await shopper.order("konbini")
    await shopper.at_provider("charge-fails", failureCode="insufficient_funds")
    await shopper.tell("order.charge.failed", Hint.CHARGE_FAILED)
    ended = await shop.until(shopper, lambda record: record.needs_attention)
    await shopper.tell("order.again", Hint.MONEY_MOVED)
    await shop.until(shopper, lambda record: record.version > ended.version)
    await shop.until_names(shopper, "order.again")

    assert 1 == (await shopper.names()).count("charge_failed")
