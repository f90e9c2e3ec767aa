"""What the Web UI says of a purchase: why it waits, on whom, until when, and what may be done."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.parcels import uncaptured
    from ferryman.purchase.purchase import ParcelState, Purchase
    from ferryman.purchase.rules import ALLOWED
    from ferryman.purchase.states import State

from . import choices, happenings, reasons
from .awaited import (
    AWAITED,
    DEADLINES,
    ENDS,
    FAILURES,
    NOTHING_CHARGED,
    UNCHARGED,
    Awaited,
)
from .happenings import GAP, quoted
from .situation import Failing, Situation, situation

if TYPE_CHECKING:
    from .case import Case

MOST_TOLD = 8
"""So many of the last entries of the timeline are told."""
WAITS_FOR = f"Waits{GAP}for"
"""One word, so that a narrow table does not break it."""
_LONGER = timedelta(days=1)


def details(case: Case, purchase: Purchase) -> str:
    """The markdown that the Web UI shows of the purchase as it stands now."""
    return explain(situation(case, purchase))


def explain(now: Situation) -> str:
    """The same for a situation; pure, and without anything personal."""
    parts = (*_where(now), *_persons(now), *_failing(now), *_wait(now), *_told(now), *_choices(now))
    return "\n\n".join(part for part in parts if part)


def moment(at: datetime) -> str:
    """A time as people read it, with its zone."""
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def table(*rows: tuple[str, str]) -> str:
    """A small table of what is what."""
    return "\n".join(
        ("| | |", "|---|---|", *(f"| **{name}**{GAP} | {said} |" for name, said in rows))
    )


def failing_step(failing: Failing) -> str:
    """A step that does not come through: which, since when, with what, and where to look."""
    said = FAILURES.get(failing.failure, "a failure of its own kind")
    since = f" since {moment(failing.since)}" if failing.since else ""
    failure = quoted(failing.failure or "Timeout")
    beside = " Nothing else waits for it." if failing.beside else ""
    return (
        f"**A step fails: {quoted(failing.step)}**{since}, with {failure} ({said})."
        f" It is tried again and again; attempts, last failure and next try stand under"
        f" *Pending Activities*.{beside}"
    )


def person(reason: str, since: datetime | None = None) -> str:
    """Why a person is called, since when, and what that person is to do."""
    at = f", since {moment(since)}" if since else ""
    return f"**A person is needed: `{reason}`**{at}\n\n{reasons.paragraph(reason)}"


def _where(now: Situation) -> Iterator[str]:
    purchase = now.purchase
    reason = f" ({purchase.reason})" if purchase.reason else ""
    yield f"### {purchase.state}{reason}"
    if purchase.waiting_for is None and purchase.state in ENDS:
        yield ENDS[purchase.state]
        if purchase.state in UNCHARGED and not now.left_behind:
            yield NOTHING_CHARGED
    if purchase.order is not None:
        order = purchase.order
        yield f"Order {quoted(order.id)} stands as {quoted(order.state)} at Digital River."
    if purchase.cancellation is not None:
        wish = purchase.cancellation
        yield (
            f"A cancellation by the {wish.by}, of {moment(wish.since)}, is remembered and carried"
            " out as soon as Digital River lets it."
        )
    yield from _hold(now)
    if purchase.continued_as is not None:
        yield f"The money that came late is kept as purchase {quoted(purchase.continued_as)}."
    if now.asks_again is not None:
        yield f"Digital River is asked for it again at {moment(now.asks_again)}."
    yield _parcels(purchase)
    yield from _left(now)


def _left(now: Situation) -> Iterator[str]:
    for order_id in now.left_behind:
        yield f"Order {quoted(order_id)}, left behind, is watched until it has ended."
    for order_id in now.paid_late:
        yield f"Order {quoted(order_id)} was paid for after the end."


def _hold(now: Situation) -> Iterator[str]:
    hold = now.purchase.hold
    if hold is None:
        return
    yield f"**On hold since {moment(hold.since)}**: an operator lets no goods leave."
    if now.leaving is not None:
        yield (
            f"Shipment {quoted(now.leaving)} is being reported: **it may still go**. It is held"
            " where Digital River has surely not been told of it."
        )


def _parcels(purchase: Purchase) -> str:
    held = [each.shipment_id for each in purchase.fulfillments if each.state is ParcelState.HELD]
    unpaid = uncaptured(purchase.fulfillments)
    return "\n\n".join(
        f"{what}: {', '.join(map(quoted, ids))}."
        for what, ids in (("Held shipments", held), ("Shipped and not paid for", unpaid))
        if ids
    )


def _persons(now: Situation) -> Iterator[str]:
    for each in now.reasons:
        yield person(each.reason, each.since)


def _failing(now: Situation) -> Iterator[str]:
    yield from map(failing_step, now.failing)


def _wait(now: Situation) -> Iterator[str]:
    wait, state = now.purchase.waiting_for, now.purchase.state
    if wait is None:
        return
    awaited = AWAITED.get(wait.what) or Awaited(wait.what, wait.what)
    rows = [(WAITS_FOR, awaited.what), ("From", awaited.whom)]
    if wait.until is not None:
        rows += [("Until", moment(wait.until)), ("Then", DEADLINES.get(state, awaited.meanwhile))]
    else:
        rows += [("Until", "no limit"), ("Meanwhile", awaited.meanwhile)]
    if state is State.ACCEPTED and now.ships_until is not None:
        rows.append(("Ships until", f"{moment(now.ships_until)}, the age of the authorisation"))
    yield table(*rows)


def _told(now: Situation) -> Iterator[str]:
    if now.happened:
        yield f"**What happened**, in UTC:\n\n{happenings.list_of(now.happened)}"


def _choices(now: Situation) -> Iterator[str]:
    purchase = now.purchase
    until = purchase.waiting_for.until if purchase.waiting_for else None
    later = max(until, purchase.updated_time) + _LONGER if until else None
    said = (
        choices.merchants(purchase.id, ALLOWED[purchase.state]),
        choices.operators(
            purchase.id, now.workflow_id, now.legal, later, several_late=len(now.paid_late) > 1
        ),
    )
    yield from said if any(said) else ["Nothing can be done any more but to begin a new purchase."]
