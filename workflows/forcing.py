"""Ending a purchase now, whatever Digital River says to it: its order is wound up behind."""

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase import lines as ledger
    from ferryman.purchase.messages import Answer, Intervention, KeyedCancellation
    from ferryman.purchase.purchase import Party
    from ferryman.purchase.states import BEFORE_ORDER, FINAL, CancelReason, State

from . import acts, cancellation, refusals
from .case import Case
from .decision import settle_now
from .leftover import Leftover


def stands(case: Case, act: Intervention) -> bool:
    """True where it is being done already, and asking once more would add nothing."""
    if case.state in FINAL:
        left = _left(case)
        return bool(left) and not any(each.is_refused or each.is_late for each in left)
    if case.state is State.SUBMITTING:
        return case.wishes.forced == _wish(act)
    return _wish(act) in case.wishes and _has_shipped(case)


def check(case: Case) -> None:
    """Raise the refusal where the purchase has ended and nothing of it is left open."""
    if case.state in FINAL and not _left(case):
        raise refusals.not_allowed(f"the purchase is {case.state}, and no order of it is left open")


async def force(case: Case, act: Intervention) -> Answer:
    """End it: at once where that is possible, else as soon as its order is known."""
    if case.state is State.SUBMITTING:
        acts.told(case, act)
        case.wishes.force(_wish(act))
        return Answer(version=await case.publish(), done=False)
    if case.state in FINAL:
        acts.told(case, act)
        return await _give_back(case)
    insists = case.state not in BEFORE_ORDER
    if insists:
        # A cancellation that Digital River does not answer is given up for this one.
        case.steps.hurry()
    return await acts.in_turn(case, act, lambda: _force(case, act), urgent=True, insists=insists)


async def _force(case: Case, act: Intervention) -> Answer:
    if case.state in FINAL:
        check(case)
        return await _give_back(case)
    if case.state in BEFORE_ORDER:
        cancellation.cancel_unordered(case, Party.MERCHANT)
        return Answer(version=await case.publish())
    if _has_shipped(case):
        case.wishes.add(_wish(act))
        await cancellation.carry_out(case)
        return Answer(version=await case.publish(), done=case.wishes.whole is None)
    return await leave(case)


async def leave(case: Case) -> Answer:
    """The order is left behind, which asks Digital River to cancel it and calls a person if not."""
    case.attempt.cancelled_by = Party.MERCHANT
    case.move(State.CANCELLED, CancelReason.MERCHANT)
    await settle_now(case)
    return Answer(version=case.version)


async def _give_back(case: Case) -> Answer:
    for left in _left(case):
        left.give_back()
    return Answer(version=await case.publish())


def _has_shipped(case: Case) -> bool:
    return ledger.fulfilled_quantity(case.attempt.lines) > 0


def _left(case: Case) -> list[Leftover]:
    return [left for left in case.leftovers.values() if left.is_open]


def _wish(act: Intervention) -> KeyedCancellation:
    return KeyedCancellation(by=Party.MERCHANT, reason=act.reason)
