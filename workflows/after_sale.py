"""Refunds and returns, as their own workflows tell them to the purchase, at work or closed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.after_sale import ClosedPurchase
    from ferryman.purchase.messages import AfterSale
    from ferryman.purchase.purchase import (
        Attention,
        EntryKind,
        Purchase,
        Refund,
        Return,
        TimelineEntry,
    )

from . import aftermath
from .decision import look, reread

if TYPE_CHECKING:
    from .case import Case

Entry = tuple[EntryKind, str, dict[str, Any]]


async def take(case: Case, told: AfterSale) -> None:
    """Show what became of a refund or a return; where money moved, look at the order too.

    What was told before changes nothing.
    """
    known = _known(case.refunds.values(), case.returns.values(), told)
    if _is_old(known, told):
        return
    if told.refund is not None:
        case.refunds[told.refund.refund_id] = told.refund
    if told.returned is not None:
        case.returns[told.returned.return_id] = told.returned
    for kind, name, detail in _entries(known, told):
        case.note(kind, name, **detail)
    if told.calls is not None:
        case.call_person(told.calls)
    if told.settles is not None:
        case.dismiss_person(told.settles)
    if told.money_moved and case.order_id is not None:
        await look(case, await reread(case, case.order_id))
    else:
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
        "refunds": _with(before.refunds, told.refund, "refund_id"),
        "returns": _with(before.returns, told.returned, "return_id"),
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
    return known is not None and now is not None and known.updated_time >= now.updated_time


def _entries(known: Refund | Return | None, told: AfterSale) -> Iterator[Entry]:
    """The act that began it comes first, however late the purchase hears of it."""
    refund, returned = told.refund, told.returned
    if known is None and refund is not None and refund.refund_id != refund.id:
        yield EntryKind.ACT, "refund_requested", {"refundId": refund.refund_id}
    if known is None and returned is not None:
        yield EntryKind.ACT, "return_requested", {"returnId": returned.return_id}
    if told.name not in {"refund_requested", "return_requested"}:
        yield told.kind, told.name, told.detail


def _with(shown: tuple[Any, ...], now: Any, key: str) -> tuple[Any, ...]:
    if now is None:
        return shown
    by_id = {getattr(each, key): each for each in shown}
    return tuple({**by_id, getattr(now, key): now}.values())


def _attention(standing: Attention | None, told: AfterSale, now: datetime) -> Attention | None:
    """A person is called for the first reason; whoever was called otherwise still has to come."""
    if standing is not None and standing.reason == told.settles:
        return None
    if standing is None and told.calls is not None:
        return Attention(reason=told.calls, since=now)
    return standing
