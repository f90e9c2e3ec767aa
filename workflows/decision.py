"""Looking at the order and following what it shows."""

import asyncio
from contextlib import suppress
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.orders import OrderActivities, ReadOrder, WatchedOrder
    from ferryman.purchase import lines as ledger
    from ferryman.purchase.readings import OrderReading, Standing
    from ferryman.purchase.states import State
    from ferryman.purchase.timeline import EntryKind

from . import ageing, capture, documents, wording
from .attempt import Attempt
from .case import Case
from .settlement import way

CLOSING = frozenset({State.COMPLETE, State.RETURNED})
"""Where the order is watched no more, since the flow is about to end."""

AS_WE_SEE_IT = frozenset({Standing.ACCEPTED, Standing.DISPUTED, Standing.UNKNOWN})
"""Where the order of an accepted purchase may stand without a person having to look."""


async def reread(case: Case, order_id: str, *, beside: bool = False) -> OrderReading:
    """The order as it stands now; what it shows for the first time is linked, but not beside."""
    return await case.prepare(
        OrderActivities.read,
        ReadOrder(
            purchase_id=case.id, order_id=order_id, linked=None if beside else tuple(case.documents)
        ),
        "read the order",
        beside=beside,
    )


async def look(case: Case, reading: OrderReading) -> None:
    """Settle the purchase with what the order shows."""
    case.attempt.see(reading)
    documents.follow(case, reading)
    await settle_now(case)
    _watch_what_was_seen(case)


async def settle_now(case: Case) -> None:
    """Move to where the order and our own ledger lead, and make it known."""
    follow(case)
    ageing.watch(case)
    _call_person(case)
    if case.state in {State.PAYMENT_FAILED, State.CANCELLED}:
        _note_failure(case)
        _abandon(case)
    await case.publish()


def follow(case: Case) -> None:
    """Move, one legal step at a time, to where the order as last read stands."""
    reading = case.attempt.reading
    if reading is not None:
        for settled in way(case.state, reading, case.facts()):
            case.move(settled.state, settled.reason)


def watch(case: Case) -> asyncio.Task[None]:
    """Begin to poll the order that the purchase is about; what is new comes to the desk."""
    return asyncio.create_task(_watch(case))


async def next_reading(
    case: Case, reading: OrderReading, rings: datetime | None = None
) -> OrderReading | None:
    """The order once it shows something that `reading` does not; None once it is time."""
    return await case.steps.keep_asking(
        OrderActivities.watch,
        WatchedOrder(
            purchase_id=case.id,
            order_id=reading.order.id,
            known=reading.mark,
            interval=case.policy.poll_interval,
            rings=rings,
        ),
        "watch the order",
    )


async def _watch(case: Case) -> None:
    # Stopping the watch is no failure of it.
    with suppress(asyncio.CancelledError, ActivityError):
        while (attempt := case.attempt).reading is not None:
            attempt.watched = attempt.reading.mark
            case.desk.poll = await next_reading(case, attempt.reading, attempt.ages)
            await workflow.wait_condition(lambda: case.desk.poll is None and not ageing.due(case))


def _watch_what_was_seen(case: Case) -> None:
    """A watch for news of what stood before would not see an order that goes back to it."""
    attempt = case.attempt
    if attempt.watching is None or attempt.reading is None or case.state in CLOSING:
        return
    if attempt.watched != attempt.reading.mark:
        attempt.watching.cancel()
        attempt.watching = watch(case)


def _note_failure(case: Case) -> None:
    """Once, however often an order that has ended is looked at again."""
    code = case.attempt.reading.failure_code if case.attempt.reading else None
    if code is not None and code != case.attempt.failure_code:
        case.attempt.failure_code = code
        case.note(EntryKind.STEP, "charge_failed", failureCode=code)


def _abandon(case: Case) -> None:
    """What is still open of the order is to be wound up; a failed payment frees the purchase."""
    if case.attempt.reading is not None:
        case.abandoned.append(case.attempt.reading)
    case.attempt.stop()
    if case.state is State.PAYMENT_FAILED:
        _begin_again(case)


def _begin_again(case: Case) -> None:
    """The next attempt is about what the last one has left."""
    left = ledger.not_cancelled(case.request.items, case.attempt.lines)
    case.request = case.request.model_copy(update={"items": left})
    case.attempt = Attempt(lines=ledger.ordered(left))


def _call_person(case: Case) -> None:
    reading = case.attempt.reading
    if reading is None:
        return
    capture.follow(case)
    case.call_or_dismiss(wording.CANCEL_FAILED, called=called_for(case, wording.CANCEL_FAILED))
    case.call_or_dismiss(wording.LINES_UNMATCHED, called=ledger.unmatched(case.attempt.lines))
    case.call_or_dismiss(wording.PROVIDER_DIFFERS, called=_differs(case, reading))


def called_for(case: Case, reason: str) -> bool:
    """True where the present order, or one left behind, is why a person is called so."""
    reading = case.attempt.reading
    own = reason == wording.CANCEL_FAILED and reading is not None and reading.cancel_failed
    return own or any(reason in left.reasons for left in case.leftovers.values())


def _differs(case: Case, reading: OrderReading) -> bool:
    if case.state is State.PENDING_PAYMENT:
        # Neither paid nor unpaid: the order stands where the documents know no place.
        return case.attempt.told.window_closed
    return case.state is State.ACCEPTED and reading.standing not in AS_WE_SEE_IT
