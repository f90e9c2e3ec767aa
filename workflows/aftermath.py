"""What happens to a purchase after its workflow has closed. Pure."""

from datetime import datetime

from ferryman.purchase.messages import ProviderEvent
from ferryman.purchase.purchase import Attention, EntryKind, Purchase, TimelineEntry
from ferryman.purchase.readings import OrderReading
from ferryman.purchase.states import State

from . import wording
from .settlement import PAID, Told, settle

UNPAID_ENDS = frozenset({State.CANCELLED, State.EXPIRED, State.BLOCKED})


def after(purchase: Purchase, reading: OrderReading, now: datetime) -> Purchase | None:
    """The purchase with what the order shows now, or None where that is nothing new."""
    changes: dict[str, object] = {}
    # An order that a newer one has replaced says nothing of the purchase but that money came.
    own = purchase.order is None or purchase.order.id == reading.order.id
    state = settle(purchase.state, reading, Told(disputed_from=State.COMPLETE)).state
    if own and state is not purchase.state:
        changes["state"] = state
    if own and reading.order != purchase.order:
        changes["order"] = reading.order
    money = (purchase.state in UNPAID_ENDS or not own) and reading.standing in PAID
    if money and purchase.needs_attention is None:
        changes["needs_attention"] = Attention(reason=wording.LATE_MONEY, since=now)
    if not changes:
        return None
    common = {"version": purchase.version + 1, "updated_time": now}
    return purchase.model_copy(update=changes | common)


def entries(
    before: Purchase, purchase: Purchase, last: int, event: ProviderEvent
) -> tuple[TimelineEntry, ...]:
    """What the timeline tells of a late event, from the entry after `last` on."""
    told = [(EntryKind.EVENT, event.name, {"id": event.id})]
    if purchase.state is not before.state:
        told.append((EntryKind.STATE, purchase.state.value, {}))
    return tuple(
        TimelineEntry(
            sequence=last + number,
            time=purchase.updated_time,
            kind=kind,
            name=name,
            detail=detail,
        )
        for number, (kind, name, detail) in enumerate(told, start=1)
    )
