"""How old an authorisation may be when goods go out against it: a warning in time, then a stop.

An authorisation is good for about seven days. Where the account is risk-tolerant, Digital River
captures an older one by force; where it is risk-averse, it asks the bank again and refuses the
shipment with the bank ("Payment reauthorizations"). Goods that have left by then are lost, so that
the age is looked at before a shipment is promised. What was pushed or captured does not age. The
watch over the order rings in time, since a timer of its own would be paid for by every purchase.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase import lines as ledger
    from ferryman.purchase.states import State
    from ferryman.purchase.timeline import EntryKind

from . import wording

if TYPE_CHECKING:
    from .case import Case

WARNING = timedelta(days=2)


def expired(case: Case) -> bool:
    """True where an authorisation that a shipment would capture is too old."""
    until = ends(case)
    return until is not None and workflow.now() >= until


def refusal(case: Case) -> str:
    """Why nothing may ship, and what may be done."""
    age = case.policy.authorization_age
    days = f"{age.days} days" if age >= timedelta(days=1) else str(age)
    return (
        f"the payment's authorization is older than {days}, so that the goods may not be paid for:"
        " cancel what is open, and let the customer order again"
    )


def watch(case: Case) -> None:
    """Call a person for the present age, and say when the next one is; nothing open, none."""
    if _waits_for_goods(case) and due(case):
        case.note(EntryKind.TIMER, "authorization_aged")
    until, now = ends(case) if _waits_for_goods(case) else None, workflow.now()
    late = until is not None and now >= until
    soon = until is not None and not late and now >= until - WARNING
    case.call_or_dismiss(wording.AUTHORIZATION_EXPIRING, called=soon)
    case.call_or_dismiss(wording.AUTHORIZATION_EXPIRED, called=late)
    case.attempt.ages = None if until is None or late else until if soon else until - WARNING


def due(case: Case) -> bool:
    """True where the authorisation has come to an age that somebody should know of."""
    return case.attempt.ages is not None and workflow.now() >= case.attempt.ages


def ends(case: Case) -> datetime | None:
    """Until when goods may leave against the authorisation; None where none can expire."""
    since = case.attempt.reading.authorized_since if case.attempt.reading else None
    return since + case.policy.authorization_age if since else None


def _waits_for_goods(case: Case) -> bool:
    return case.state is State.ACCEPTED and ledger.open_quantity(case.attempt.lines) > 0
