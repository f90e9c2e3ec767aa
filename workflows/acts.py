"""Acts of operators that wait for their turn: told when they are taken, not when it comes."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.messages import Answer, Intervention
    from ferryman.purchase.operations import OPERATIONS, refusal
    from ferryman.purchase.timeline import EntryKind

from . import refusals
from .case import Case
from .desk import Ask, Work


def told(case: Case, act: Intervention, **more: str) -> None:
    """Write into the timeline who does what and why."""
    case.note(EntryKind.ACT, act.action.value, actor=act.actor, reason=act.reason, **more)


async def in_turn(
    case: Case,
    act: Intervention,
    work: Work,
    *,
    urgent: bool = False,
    insists: bool = False,
    **more: str,
) -> Answer:
    """Do the work of an act once the flow is free for it, and give its answer; `more` is told too.

    Raises the ApplicationError with which it is refused after all.
    """
    ask = Ask(None, lambda: _take(case, act, work), urgent=urgent, insists=insists)
    # Before it is told: what it is to end may be what holds up the records.
    case.desk.asks.append(ask)
    told(case, act, **more)
    await case.publish()
    return await ask.answered()


async def _take(case: Case, act: Intervention, work: Work) -> Answer:
    try:
        if act.action not in OPERATIONS[case.state]:
            raise refusals.not_allowed(refusal(case.state, act.action))
        return await work()
    except ApplicationError:
        case.note(EntryKind.STEP, "act_refused", action=act.action.value)
        await case.publish()
        raise
