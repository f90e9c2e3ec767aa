"""Refunds and returns, as their own workflows tell them to the purchase, at work or closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.after_sale import ClosedPurchase
    from ferryman.purchase.messages import AfterSale
    from ferryman.purchase.purchase import Attention, Purchase, Refund, Return
    from ferryman.purchase.timeline import EntryKind, TimelineEntry

from . import aftermath

if TYPE_CHECKING:
    from .case import Case

Entry = tuple[EntryKind, str, dict[str, Any]]


async def take(case: Case, told: AfterSale) -> None:
    """Show what became of a refund or a return, beside whatever the flow waits for.

    Where money moved, the flow looks at the order too once it is free. What was told before
    changes nothing.
    """
    known = _known(case.refunds.values(), case.returns.values(), told)
    if _is_old(known, told):
        return
    case.refunds = {each.refund_id: each for each in _refunds(case.refunds.values(), told)}
    case.returns = {each.return_id: each for each in _returns(case.returns.values(), told)}
    for kind, name, detail in _entries(known, told):
        case.note(kind, name, **detail)
    if told.calls is not None:
        case.call_person(told.calls)
    if told.settles is not None:
        case.dismiss_person(told.settles)
    case.desk.stale = case.desk.stale or told.money_moved
    await case.publish()


def after(closed: ClosedPurchase, told: AfterSale, now: datetime) -> Purchase | None:
    """The next version of a closed purchase; None where it has been told before."""
    before = closed.purchase
    if _is_old(_known(before.refunds, before.returns, told), told):
        return None
    changes: dict[str, object] = {"version": before.version + 1, "updated_time": now}
    purchase = before.model_copy(update=changes)
    if closed.reading is not None:
        purchase = aftermath.after(before, closed.reading, now)
    shown = {
        "refunds": _refunds(before.refunds, told),
        "returns": _returns(before.returns, told),
        "needs_attention": _attention(purchase.needs_attention, told, now),
    }
    return purchase.model_copy(update=shown)


def entries(closed: ClosedPurchase, told: AfterSale, now: datetime) -> tuple[TimelineEntry, ...]:
    """What the timeline of a closed purchase tells of it, after its last entry."""
    before = closed.purchase
    noted = [*_entries(_known(before.refunds, before.returns, told), told)]
    if closed.reading is not None:
        states = aftermath.states(before, closed.reading)
        noted += [(EntryKind.STATE, state.value, {}) for state in states]
    return tuple(
        TimelineEntry(sequence=number, time=now, kind=kind, name=name, detail=detail)
        for number, (kind, name, detail) in enumerate(noted, start=closed.sequence + 1)
    )


def _known(
    refunds: Iterable[Refund], returns: Iterable[Return], told: AfterSale
) -> Refund | Return | None:
    if told.refund is not None:
        return next((each for each in refunds if each.refund_id == told.refund.refund_id), None)
    if told.returned is not None:
        return next((each for each in returns if each.return_id == told.returned.return_id), None)
    return None


def _is_old(known: Refund | Return | None, told: AfterSale) -> bool:
    now = told.refund or told.returned
    if known is None:
        return told.withdrawn
    return now is not None and known.updated_time >= now.updated_time


def _entries(known: Refund | Return | None, told: AfterSale) -> Iterator[Entry]:
    """The act that began it comes first, however late the purchase hears of it."""
    refund, returned = told.refund, told.returned
    if known is None and refund is not None and refund.refund_id != refund.id:
        yield EntryKind.ACT, "refund_requested", {"refundId": refund.refund_id}
    if known is None and returned is not None:
        yield EntryKind.ACT, "return_requested", {"returnId": returned.return_id}
    if told.name not in {"refund_requested", "return_requested"}:
        yield told.kind, told.name, told.detail


def _refunds(shown: Iterable[Refund], told: AfterSale) -> tuple[Refund, ...]:
    by_id = {each.refund_id: each for each in shown}
    if told.refund is not None:
        by_id[told.refund.refund_id] = told.refund
        if told.withdrawn:
            del by_id[told.refund.refund_id]
    return tuple(by_id.values())


def _returns(shown: Iterable[Return], told: AfterSale) -> tuple[Return, ...]:
    by_id = {each.return_id: each for each in shown}
    if told.returned is not None:
        by_id[told.returned.return_id] = told.returned
        if told.withdrawn:
            del by_id[told.returned.return_id]
    return tuple(by_id.values())


def _attention(standing: Attention | None, told: AfterSale, now: datetime) -> Attention | None:
    """A person is called for the first reason; whoever was called otherwise still has to come."""
    if standing is not None and standing.reason == told.settles:
        return None
    if standing is None and told.calls is not None:
        return Attention(reason=told.calls, since=now)
    return standing
