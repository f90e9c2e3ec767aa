"""Keeping money that came after the end: a new purchase takes the order, since none leaves its end.

From then on the order is the new purchase's alone: what is told of it goes there, the one that has
ended winds it up no more, and the records name the new one as its owner.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from temporalio import workflow
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

with workflow.unsafe.imports_passed_through():
    from activities.adoption import AdoptionActivities, HandOver, LateMoney
    from ferryman.purchase.listing import memo_of, outline_of, parked_title_of, title_of
    from ferryman.purchase.messages import (
        Answer,
        Begin,
        Continuation,
        Intervention,
        ProviderEvent,
    )
    from ferryman.purchase.purchase import workflow_id
    from ferryman.purchase.timeline import EntryKind

from . import refusals
from .telling import signal

if TYPE_CHECKING:
    from .case import Case
    from .leftover import Leftover


def stands(case: Case, act: Intervention) -> bool:
    """True where the money that the act is about is kept already."""
    if act.order_id is not None:
        return act.order_id in case.continued
    return bool(case.continued) and not _late(case)


def chosen(case: Case, act: Intervention) -> str:
    """The order whose money is to be kept: the one that the act names, or else the only one.

    Raises the refusal where no late money waits for a decision, or it is not clear which.
    """
    late = _late(case)
    if not late:
        raise refusals.not_allowed("no money has come after the end of this purchase")
    if act.order_id is None and len(late) > 1:
        raise refusals.not_allowed(f"name one of the orders that were paid late: {', '.join(late)}")
    order_id = act.order_id or late[0]
    if order_id not in late:
        raise refusals.not_allowed(f"not paid late: {order_id}; paid late: {', '.join(late)}")
    return order_id


async def accept(case: Case, act: Intervention, order_id: str) -> Answer:
    """Keep the money: begin the purchase that follows the order, and hand the order over to it."""
    if order_id in case.continued:
        return Answer(version=case.version)
    left = case.leftovers[order_id]
    _check(order_id, left)
    adopting = await case.prepare(
        AdoptionActivities.keep,
        LateMoney(
            order_id=order_id,
            policy=case.policy,
            continues=Continuation(purchase_id=case.id, actor=act.actor, reason=act.reason),
        ),
        "prepare the purchase that keeps the money",
    )
    if adopting.begin is None:
        raise refusals.not_allowed(f"order {order_id} cannot be kept: {adopting.objection}")
    _check(order_id, left)
    left.let_go()
    await _begin(adopting.begin)
    case.continued[order_id] = adopting.begin.id
    case.note(EntryKind.STEP, "continued_as", purchaseId=adopting.begin.id, orderId=order_id)
    await case.publish()
    await case.steps.keep_asking(
        AdoptionActivities.hand_over,
        HandOver(order_id=order_id, purchase_id=adopting.begin.id),
        "hand the order over",
    )
    return Answer(version=case.version)


async def passed_on(case: Case, events: Iterable[ProviderEvent]) -> list[ProviderEvent]:
    """Hand events of an order that is kept to the purchase that keeps it; gives the others."""
    own = []
    for event in events:
        keeper = case.continued.get(event.order_id or "")
        if keeper is None:
            own.append(event)
        elif not await signal(workflow_id(keeper), "provider_events", [event]):
            await _park(event)
    return own


def _late(case: Case) -> list[str]:
    return [order_id for order_id, left in case.leftovers.items() if left.is_late]


def _check(order_id: str, left: Leftover) -> None:
    """While the act waited, the money may have gone back."""
    if not left.is_late:
        raise refusals.not_allowed(f"no money waits any more for order {order_id}")


async def _begin(begin: Begin) -> None:
    """One that has begun already stays as it is: its id was claimed for this very order."""
    with suppress(WorkflowAlreadyStartedError):
        _ = await workflow.start_child_workflow(
            "Purchase",
            begin,
            id=workflow_id(begin.id),
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary=title_of(begin),
            static_details=outline_of(begin),
            memo=memo_of(begin),
        )


async def _park(event: ProviderEvent) -> None:
    """Its purchase has closed too: as for any such purchase, the order is looked at once more."""
    with suppress(WorkflowAlreadyStartedError):
        _ = await workflow.start_child_workflow(
            "ParkedEvent",
            event,
            id=f"parked-event/{event.id}",
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            parent_close_policy=workflow.ParentClosePolicy.ABANDON,
            static_summary=parked_title_of(event),
        )
