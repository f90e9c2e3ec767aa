"""What the Web UI says of a purchase: what happened, what it waits for, what may be done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.parcels import uncaptured
    from ferryman.purchase.purchase import Purchase

if TYPE_CHECKING:
    from .case import Case

MOST_TOLD = 8
"""So many of the last entries of the timeline are told."""


def details(case: Case, purchase: Purchase) -> str:
    """The markdown that the Web UI shows of a purchase."""
    del case
    lines = [f"**{purchase.state}**" + (f" ({purchase.reason})" if purchase.reason else "")]
    wait = purchase.waiting_for
    if wait is not None:
        until = f" until {wait.until:%Y-%m-%d %H:%M:%S} UTC" if wait.until else ""
        lines.append(f"Waits for **{wait.what}**{until}.")
        lines.append(f"May be done: {', '.join(wait.allowed) or 'nothing but waiting'}.")
    if purchase.needs_attention is not None:
        lines.append(f"**Needs a person: {purchase.needs_attention.reason}**")
    if failed := uncaptured(purchase.fulfillments):
        lines.append(f"**Not paid for: {', '.join(failed)}**")
    if purchase.order is not None:
        lines.append(f"Order `{purchase.order.id}` is `{purchase.order.state}`.")
    return "\n\n".join(lines)
