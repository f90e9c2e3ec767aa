"""Giving the shopper, or a review, more time than was promised."""

from datetime import timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.messages import Intervention
    from ferryman.purchase.states import BEFORE_ORDER, State

from . import refusals, waiting, wording
from .case import Case

LONGEST = timedelta(days=366)
_POINTER = "/until"


def is_set(case: Case, act: Intervention) -> bool:
    """True where the wait was put off to this very moment."""
    put_off = case.put_off if case.state in BEFORE_ORDER else case.attempt.put_off.get(case.state)
    return put_off is not None and put_off == act.until


def check(case: Case, act: Intervention) -> None:
    """Raise the refusal of a moment that gives no more time, or more than a year."""
    now, stands = workflow.now(), waiting.until(case)
    if act.until is None or stands is None:
        raise refusals.not_allowed("nothing runs out now")
    if act.until <= max(now, stands):
        raise refusals.invalid((_POINTER, f"later than {max(now, stands):%Y-%m-%dT%H:%M:%SZ}"))
    if act.until > now + LONGEST:
        raise refusals.invalid((_POINTER, f"within {LONGEST.days} days from now"))


def extend(case: Case, act: Intervention) -> None:
    """Put off the end of the present wait; what its passing has brought about stands no more."""
    until = act.until
    if until is None:
        raise RuntimeError("a deadline is extended to no moment")
    if case.state in BEFORE_ORDER:
        case.put_off, alarm = until, case.expiry
    else:
        case.attempt.put_off[case.state], alarm = until, case.attempt.deadline
    if alarm is not None:
        alarm.put_off(until)
    if case.state is State.PENDING_PAYMENT:
        case.attempt.told.window_closed = False
        case.dismiss_person(wording.PROVIDER_DIFFERS)
    if case.state is State.IN_REVIEW:
        case.dismiss_person(wording.REVIEW_OVERDUE)
