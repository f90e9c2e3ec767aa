"""Attending to a purchase: whatever comes in is worked off one by one until the stage is over."""

from collections.abc import Awaitable, Callable

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.messages import Answer
    from ferryman.purchase.rules import Call, Verdict, judge
    from ferryman.purchase.states import State
    from ferryman.purchase.timeline import EntryKind

from . import (
    ageing,
    cancellation,
    checkout,
    digital,
    events,
    forcing,
    fulfillment,
    leftover,
    refusals,
    wording,
)
from .alarm import Alarm
from .case import Case
from .decision import look, reread, settle_now


async def attend(case: Case, over: Callable[[], bool], *alarms: Alarm) -> None:
    """Take alarms, events, money that moved, polls and calls in turn until `over`."""
    while not over():
        # Nothing is begun, and nothing leaves, before an act that ends it all.
        if not case.desk.insisted:
            await _guarded(case, follow_up(case))
        await workflow.wait_condition(
            lambda: (
                over() or case.desk.busy or ageing.due(case) or _ringing(case, alarms) is not None
            )
        )
        if not over():
            await _guarded(case, _take_one(case, alarms))


async def _guarded(case: Case, work: Awaitable[None]) -> None:
    """What would fail the whole purchase calls a person: a refusal that no caller waits for.

    So does a step that is not tried again.
    """
    try:
        await work
    except refusals.GivenUp:
        return
    except ApplicationError as refused:
        await _interrupted(case, refused.message)
    except ActivityError as failed:
        if is_cancelled_exception(failed):
            raise
        await _interrupted(case, str(failed.cause or failed))


async def _interrupted(case: Case, message: str) -> None:
    case.note(EntryKind.STEP, "interrupted", message=message)
    case.call_person(wording.INTERRUPTED)
    await case.publish()


def _ringing(case: Case, alarms: tuple[Alarm, ...]) -> Alarm | None:
    set_now = (*alarms, case.attempt.ask_again)
    return next((alarm for alarm in set_now if alarm is not None and alarm.rings), None)


async def follow_up(case: Case) -> None:
    """Do what the present state asks for and no call has done yet."""
    if ageing.due(case):
        await settle_now(case)
    while case.abandoned:
        leftover.wind_up(case, case.abandoned.pop())
    attempt = case.attempt
    if case.state is State.PAYMENT_FAILED and attempt.checkout is None and attempt.problem is None:
        await checkout.build(case)
    await _carry_out_wishes(case)
    if case.attempt.repeated:
        await fulfillment.count_doubles(case)
    if case.attempt.held:
        await fulfillment.ship_held(case)
    if case.state is State.ACCEPTED:
        await digital.deliver(case)


async def _carry_out_wishes(case: Case) -> None:
    if case.wishes.forced is not None and case.state in cancellation.CANCELLABLE:
        await forcing.leave(case)
    elif case.wishes and case.attempt.asked_in is None:
        await cancellation.carry_out(case)


async def _take_one(case: Case, alarms: tuple[Alarm, ...]) -> None:
    case.desk.nudged = False
    ringing = _ringing(case, alarms)
    if case.desk.insisted:
        await _serve(case)
    elif ringing is not None:
        await ringing.answer()
    elif case.desk.events:
        await events.read(case)
    elif case.desk.stale:
        await _reread(case)
    elif case.desk.poll is not None:
        await _take_poll(case)
    elif case.desk.asks:
        await _serve(case)
    elif case.record.unsaved:
        await case.publish()


async def _reread(case: Case) -> None:
    case.desk.stale = False
    if case.order_id is not None:
        await look(case, await reread(case, case.order_id))


async def _take_poll(case: Case) -> None:
    poll = case.desk.take_poll()
    # An event or a call may have shown something newer than what the watch brings.
    if poll is not None and poll.is_news_to(case.attempt.reading):
        await look(case, poll)


async def _serve(case: Case) -> None:
    ask = case.desk.asks.popleft()
    if ask.call is None:
        await ask.perform()
        return
    verdict = Verdict.TAKE if ask.known() else judge(case.state, ask.call)
    if verdict is Verdict.REFUSE:
        ask.answer.set_exception(refusals.not_in_state(case.state, ask.call))
        if ask.refused is not None:
            await ask.refused()
    elif verdict is Verdict.ALREADY:
        ask.answer.set_result(Answer(version=case.version))
    elif ask.call is Call.SUBMIT:
        case.desk.submission = ask
    else:
        await ask.perform()
