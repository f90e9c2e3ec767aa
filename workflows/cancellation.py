"""Cancelling the purchase, or some of its lines, at every stage."""

import hashlib
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from activities.fulfillments import FulfillmentActivities, FulfillOrder
    from ferryman.purchase import lines as ledger
    from ferryman.purchase.lines import OverQuantity
    from ferryman.purchase.messages import Answer, KeyedCancellation, ShipmentItem
    from ferryman.purchase.purchase import ParcelState, Party
    from ferryman.purchase.readings import FulfillmentReading, Problem
    from ferryman.purchase.request import Change, Item
    from ferryman.purchase.states import BEFORE_ORDER, CancelReason, State
    from ferryman.purchase.timeline import EntryKind

from . import checkout, fulfillment, refusals, reporting, wording
from .alarm import Alarm
from .case import Case
from .decision import settle_now
from .steps import StepGivenUp

LONGEST_BETWEEN_ASKS = timedelta(hours=6)


CANCELLABLE = frozenset({State.PENDING_PAYMENT, State.IN_REVIEW, State.ACCEPTED})


async def cancel(case: Case, cancellation: KeyedCancellation) -> Answer:
    """Cancel at once where that is possible, else remember the wish (`done` is False then).

    The same cancellation again changes nothing.
    """
    if known(case, cancellation):
        return Answer(version=case.version)
    case.note(EntryKind.ACT, "cancel", by=cancellation.by.value, reason=cancellation.reason)
    if case.state in BEFORE_ORDER:
        return await _cancel_checkout(case, cancellation)
    try:
        check(case, cancellation)
    except ApplicationError:
        await refuse(case)
        raise
    case.wishes.add(cancellation)
    await carry_out(case)
    return Answer(version=case.version, done=cancellation not in case.wishes)


async def refuse(case: Case) -> None:
    """Tell of a cancellation that was in order when it was asked for, and is not any more.

    Whoever asked may have gone with a 202.
    """
    case.note(EntryKind.STEP, "cancellation_refused")
    await case.record.mention()


def known(case: Case, cancellation: KeyedCancellation) -> bool:
    """True where this very cancellation has been carried out."""
    return fulfillment.known(case, reference(cancellation))


def check(case: Case, cancellation: KeyedCancellation) -> tuple[ShipmentItem, ...]:
    """What the cancellation moves; raises the refusal where that is more than is open."""
    movement = ledger.cancelling(case.attempt.lines, cancellation.items)
    try:
        ledger.moved(case.attempt.lines, movement)
    except OverQuantity as error:
        raise refusals.over_quantity(error) from error
    return movement


async def carry_out(case: Case) -> None:
    """Ask the provider for what is remembered; what it refuses for now stays remembered."""
    if case.state not in CANCELLABLE or case.order_id is None:
        return
    case.attempt.asked_in = case.state
    _stop_asking(case)
    for wish in case.wishes:
        if case.state in CANCELLABLE and not await _carry_out(case, wish, case.order_id):
            return


async def _carry_out(case: Case, wish: KeyedCancellation, order_id: str) -> bool:
    # Between the wish and now, pieces may have been shipped or cancelled by others.
    movement = ledger.cancelling_at_most(case.attempt.lines, wish.items)
    if not movement:
        case.wishes.remove(wish)
        return True
    result = await _ask_provider(case, order_id, reference(wish), movement)
    if result.problem is not None:
        _refused(case, result.problem)
        await case.publish()
        return False
    case.attempt.cancelled_by = wish.by
    case.wishes.remove(wish)
    fulfillment.record(case, reference(wish), movement, result, ParcelState.CANCELLED)
    whole = not ledger.open_quantity(case.attempt.lines)
    case.note(EntryKind.STEP, "cancelled_at_provider" if whole else "partly_cancelled_at_provider")
    await settle_now(case)
    return True


async def _ask_provider(
    case: Case, order_id: str, reference: str, movement: tuple[ShipmentItem, ...]
) -> FulfillmentReading:
    """What Digital River says to it; raises GivenUp where an operator will not wait for that.

    Once pieces have left, the rest is reckoned from what was cancelled: then every answer counts.
    """
    step = FulfillOrder(
        purchase_id=case.id,
        order_id=order_id,
        reference=reference,
        items=reporting.order_items(case, movement),
    )
    try:
        return await case.move_money(
            FulfillmentActivities.fulfill,
            step,
            "cancel at the provider",
            given_up=lambda: (
                case.desk.insisted and not ledger.fulfilled_quantity(case.attempt.lines)
            ),
        )
    except StepGivenUp:
        raise refusals.GivenUp from None


def _refused(case: Case, problem: Problem) -> None:
    """Ask again later, ever less often; an accepted order that cannot be cancelled is a fault."""
    case.note(EntryKind.STEP, "cancellation_refused", code=problem.code)
    if case.state is State.ACCEPTED:
        case.call_person(wording.CANCEL_REFUSED)
    delay = min(case.policy.poll_interval * 2**case.attempt.refusals, LONGEST_BETWEEN_ASKS)
    case.attempt.refusals = min(case.attempt.refusals + 1, 10)
    case.attempt.ask_again = Alarm(
        workflow.now() + delay, "ask for the cancellation again", lambda: carry_out(case)
    )


def _stop_asking(case: Case) -> None:
    if case.attempt.ask_again is not None:
        case.attempt.ask_again.stop()
        case.attempt.ask_again = None


def reference(cancellation: KeyedCancellation) -> str:
    """The id of a cancellation: the same items, party and reason are the same act.

    Where their caller tells two apart by keys, they are two ("Idempotency-Key").
    """
    said = cancellation.model_dump_json(by_alias=True, exclude={"key"}) + (cancellation.key or "")
    return "cancel-" + hashlib.sha256(said.encode()).hexdigest()[:16]


async def _cancel_checkout(case: Case, cancellation: KeyedCancellation) -> Answer:
    movement = check(case, cancellation)
    if sum(item.cancel_quantity for item in movement) < ledger.open_quantity(case.attempt.lines):
        return await checkout.patch(case, Change(items=_remaining(case, movement)))
    cancel_unordered(case, cancellation.by)
    return Answer(version=await case.publish())


def cancel_unordered(case: Case, by: Party) -> None:
    """End a purchase that has no order."""
    case.move(State.CANCELLED, CancelReason(by.value))


def _remaining(case: Case, movement: tuple[ShipmentItem, ...]) -> tuple[Item, ...]:
    less = {item.line_id: item.cancel_quantity for item in movement}
    return tuple(
        _reduced(index, item, less.get(item.line_id, 0))
        for index, item in enumerate(case.request.items)
        if less.get(item.line_id, 0) < item.quantity
    )


def _reduced(index: int, item: Item, less: int) -> Item:
    if less and item.aggregate_price is not None:
        raise refusals.invalid(
            (f"/items/{index}/quantity", "a line with aggregatePrice: give its new price by PATCH")
        )
    return item.model_copy(update={"quantity": item.quantity - less})
