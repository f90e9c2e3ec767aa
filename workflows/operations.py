"""What operators do to a purchase: judged before it is taken, and told in the timeline."""

from collections.abc import Awaitable, Callable, Mapping

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.messages import Answer, Intervention
    from ferryman.purchase.operations import OPERATIONS, Hold, Operation, refusal
    from ferryman.purchase.states import OVER

from . import cancellation, deadlines, finding, forcing, late_money, refusals, wording
from .acts import in_turn, told
from .case import Case
from .decision import look, reread
from .desk import Ask


def check(case: Case, act: Intervention) -> None:
    """Raise the refusal of an act that is not legal now; one that stands already changes nothing.

    The state table says what is possible at all; the rest is what there is to act on.
    """
    if _stands(case, act):
        return
    if act.action not in OPERATIONS[case.state]:
        raise refusals.not_allowed(refusal(case.state, act.action))
    if (finer := _CHECKS.get(act.action)) is not None:
        finer(case, act)


async def perform(case: Case, act: Intervention) -> Answer:
    """Carry out an act that was judged legal."""
    if _stands(case, act):
        return Answer(version=case.version, done=not case.wishes)
    return await _ACTS[act.action](case, act)


def _stands(case: Case, act: Intervention) -> bool:
    """True where this very act has been carried out and still holds."""
    match act.action:
        case Operation.HOLD:
            held = case.hold
            return held is not None and (held.actor, held.reason) == (act.actor, act.reason)
        case Operation.EXTEND_DEADLINE:
            return deadlines.is_set(case, act)
        case Operation.ADOPT_ORDER:
            return case.order_id is not None and case.order_id == act.order_id
        case Operation.ACCEPT_LATE_PAYMENT:
            return late_money.stands(case, act)
        case Operation.FORCE_CANCEL:
            return forcing.stands(case, act)
        case _:
            return False


def _check_retry(case: Case, act: Intervention) -> None:
    del act
    refused = any(left.is_refused for left in case.leftovers.values())
    if not (refused or case.troubles or case.attempt.ask_again):
        raise refusals.not_allowed("no step is failing, and nothing was refused")


def _check_reread(case: Case, act: Intervention) -> None:
    del act
    watched = case.abandoned or any(left.is_open for left in case.leftovers.values())
    # One that is being handed over may be looked at until it has its new owner.
    if case.state in OVER and not (watched or case.continued):
        raise refusals.not_allowed(f"the purchase is {case.state}, and no order of it is left open")


def _check_accept(case: Case, act: Intervention) -> None:
    late_money.chosen(case, act)


def _check_hold(case: Case, act: Intervention) -> None:
    del act
    if case.hold is not None:
        raise refusals.not_allowed(f"{case.hold.actor} lets no goods leave already")


def _check_release(case: Case, act: Intervention) -> None:
    del act
    if case.hold is None:
        raise refusals.not_allowed("nothing is held")


async def _retry(case: Case, act: Intervention) -> Answer:
    """Have what fails tried at once, and what was refused asked for again."""
    told(case, act)
    case.steps.hurry()
    for left in case.leftovers.values():
        if left.is_refused:
            left.hear()
    version = await case.publish()
    if case.attempt.ask_again is None:
        return Answer(version=version)
    return await case.desk.ask(Ask(None, lambda: _ask_again(case)))


async def _ask_again(case: Case) -> Answer:
    await cancellation.carry_out(case)
    return Answer(version=case.version, done=not case.wishes)


async def _reread(case: Case, act: Intervention) -> Answer:
    return await in_turn(case, act, lambda: _look(case))


async def _look(case: Case) -> Answer:
    # Only a person can know that these are settled; what still shows calls again.
    case.dismiss_person(*wording.TOLD_ONCE)
    for order_id, left in case.leftovers.items():
        if order_id != case.order_id:
            left.hear()
    if case.order_id is not None:
        await look(case, await reread(case, case.order_id))
    return Answer(version=await case.publish())


async def _extend(case: Case, act: Intervention) -> Answer:
    deadlines.extend(case, act)
    told(case, act, until=f"{act.until:%Y-%m-%dT%H:%M:%SZ}")
    return Answer(version=await case.publish())


async def _accept(case: Case, act: Intervention) -> Answer:
    order_id = late_money.chosen(case, act)
    return await in_turn(
        case, act, lambda: late_money.accept(case, act, order_id), orderId=order_id
    )


async def _hold(case: Case, act: Intervention) -> Answer:
    case.hold = Hold(actor=act.actor, reason=act.reason, since=workflow.now())
    leaving = {"shipmentId": case.attempt.leaving} if case.attempt.leaving else {}
    told(case, act, **leaving)
    if leaving:
        # It is called back between two tries; the one that is out may still tell of it.
        case.steps.hurry()
    return Answer(version=await case.publish(), done=not leaving)


async def _release(case: Case, act: Intervention) -> Answer:
    case.hold = None
    told(case, act)
    version = await case.publish()
    case.desk.nudged = True
    return Answer(version=version)


_ACTS: Mapping[Operation, Callable[[Case, Intervention], Awaitable[Answer]]] = {
    Operation.RETRY: _retry,
    Operation.REREAD: _reread,
    Operation.ADOPT_ORDER: finding.adopt,
    Operation.EXTEND_DEADLINE: _extend,
    Operation.ACCEPT_LATE_PAYMENT: _accept,
    Operation.FORCE_CANCEL: forcing.force,
    Operation.HOLD: _hold,
    Operation.RELEASE: _release,
}
_CHECKS: Mapping[Operation, Callable[[Case, Intervention], None]] = {
    Operation.RETRY: _check_retry,
    Operation.REREAD: _check_reread,
    Operation.ADOPT_ORDER: lambda case, _: finding.check(case),
    Operation.EXTEND_DEADLINE: deadlines.check,
    Operation.ACCEPT_LATE_PAYMENT: _check_accept,
    Operation.FORCE_CANCEL: lambda case, _: forcing.check(case),
    Operation.HOLD: _check_hold,
    Operation.RELEASE: _check_release,
}
