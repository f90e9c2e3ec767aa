"""What happens to a purchase after its workflow has closed. Pure."""

from datetime import datetime

from ferryman.purchase import parcels
from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.purchase.purchase import Attention, Purchase, WaitingFor
from ferryman.purchase.readings import PAID, OrderReading, Standing
from ferryman.purchase.states import State
from ferryman.purchase.timeline import EntryKind, TimelineEntry

from . import wording
from .settlement import Told, settle

UNPAID_ENDS = frozenset({State.CANCELLED, State.EXPIRED, State.BLOCKED})
MOVING = frozenset({State.COMPLETE, State.DISPUTED})
"""A closed purchase leaves no other state."""


def after(
    purchase: Purchase, reading: OrderReading, now: datetime, hint: Hint = Hint.OTHER
) -> Purchase:
    """The next version of the purchase, with what the order shows now; `hint` is an event's."""
    changes: dict[str, object] = {"version": purchase.version + 1, "updated_time": now}
    # One that was left behind says nothing of the purchase but that money came.
    own = _is_own(purchase, reading)
    if own:
        changes["order"] = reading.order
        changes["fulfillments"] = tuple(
            parcels.followed(purchase.fulfillments, reading.captures, reading.cancels)
        )
        if path := states(purchase, reading):
            changes |= {
                "state": path[-1],
                "waiting_for": _waiting_for(path[-1]),
                "customer_message": None,
            }
    reason = _reason(purchase, reading, hint, own=own)
    standing = None if own and _gone_back(purchase, reading) else purchase.needs_attention
    called = reason is not None and _outranks(reason, standing)
    changes["needs_attention"] = Attention(reason=reason, since=now) if called else standing
    return purchase.model_copy(update=changes)


def _reason(purchase: Purchase, reading: OrderReading, hint: Hint, *, own: bool) -> str | None:
    """Why a person has to look, if one has."""
    ended = purchase.state in UNPAID_ENDS
    if reading.cancel_failed and (ended or not own):
        # What is not given back yet shows as an accepted order too, and came no later.
        return wording.CANCEL_FAILED
    if (ended or not own) and reading.standing in PAID:
        return wording.LATE_MONEY
    return wording.CHARGEBACK if hint is Hint.CHARGEBACK else None


def _gone_back(purchase: Purchase, reading: OrderReading) -> bool:
    """True where a person was called for the own order's money, which is not there any more.

    Where that order stood cancelled already, the call is for another one's.
    """
    standing, known = purchase.needs_attention, purchase.order
    called = standing is not None and standing.reason == wording.LATE_MONEY
    held = known is not None and known.state != Standing.CANCELLED
    return called and held and reading.standing is Standing.CANCELLED


def _outranks(reason: str, standing: Attention | None) -> bool:
    """Money that lies here outranks whatever a person was called for; else the oldest stays."""
    if standing is None:
        return True
    return reason == wording.LATE_MONEY != standing.reason


def states(purchase: Purchase, reading: OrderReading) -> list[State]:
    """The states through which the order leads the closed purchase now, one legal step each."""
    path: list[State] = []
    state = purchase.state
    if not _is_own(purchase, reading) or any(line.open for line in purchase.items):
        return path
    while state in MOVING:
        settled = settle(state, reading, Told(disputed_from=State.COMPLETE)).state
        if settled is state:
            break
        path.append(settled)
        state = settled
    return path


def entries(
    before: Purchase, reading: OrderReading, event: ProviderEvent, last: int, now: datetime
) -> tuple[TimelineEntry, ...]:
    """What the timeline tells of a late event, from the entry after `last` on."""
    detail = {"id": event.id}
    if event.amount is not None:
        detail["amount"] = str(event.amount)
    if not _is_own(before, reading):
        detail["orderId"] = reading.order.id
    told = [(EntryKind.EVENT, event.name, detail)]
    told += [(EntryKind.STATE, state.value, {}) for state in states(before, reading)]
    return tuple(
        TimelineEntry(sequence=last + number, time=now, kind=kind, name=name, detail=detail)
        for number, (kind, name, detail) in enumerate(told, start=1)
    )


def _is_own(purchase: Purchase, reading: OrderReading) -> bool:
    return purchase.order is not None and purchase.order.id == reading.order.id


def _waiting_for(state: State) -> WaitingFor | None:
    # Nothing is allowed meanwhile: the flow that would take a call has ended.
    return WaitingFor(what="dispute") if state is State.DISPUTED else None
