"""What operators see of an event without a purchase at work."""

import shlex
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.messages import ProviderEvent

from . import wording
from .explaining import WAITS_FOR, moment, person, table
from .happenings import quoted


def searching(event: ProviderEvent, until: datetime) -> str:
    """While its purchase is looked for."""
    wait = table(
        (WAITS_FOR, "the purchase of this order, which may still be on its way to us"),
        ("From", "nobody: it is looked for again and again"),
        ("Until", moment(until)),
        ("Then", "it lies in the list of events that are nobody's (`unclaimed_event`)"),
    )
    return f"### Looking for its purchase\n\n{_about(event)}\n\n{wait}"


def claimed(event: ProviderEvent, owner: str) -> str:
    """Once its purchase is known."""
    purchase = quoted(f"purchase/{owner}")
    return (
        f"### Handed on\n\n{_about(event)}\n\nIt belongs to {purchase}, which is told of it; where"
        " that has closed, its record shows what the order shows now."
    )


def applied(event: ProviderEvent, owner: str, called: str | None) -> str:
    """Once the record of a closed purchase shows it; `called` is why a person has to look."""
    calls = f"\n\n{person(called)}" if called else ""
    return f"{claimed(event, owner)}{calls}"


def unclaimed(event: ProviderEvent, workflow_id: str, until: datetime) -> str:
    """In the list of events that are nobody's."""
    own = shlex.quote(workflow_id)
    wait = table(
        (WAITS_FOR, "somebody who knows whose order this is"),
        ("From", "an operator"),
        ("Until", moment(until)),
        ("Then", "it leaves the list by itself: Digital River has forgotten it too"),
    )
    return (
        f"### Nobody's\n\n{_about(event)}\n\n{person(wording.UNCLAIMED)}\n\n{wait}\n\n"
        "**An operator** may take it from the list:\n\n"
        f"```sh\ntemporal workflow signal --workflow-id {own} --name dismiss\n```"
    )


def _about(event: ProviderEvent) -> str:
    order = f", about order {quoted(event.order_id)}" if event.order_id else ""
    at = f", of {moment(event.created_time)}" if event.created_time else ""
    return f"Digital River told {quoted(event.name)}{order}{at}."
