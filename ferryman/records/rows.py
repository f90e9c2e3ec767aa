"""How a purchase is written into the tables."""

from collections.abc import Iterable, Sequence
from typing import Any

from ferryman.purchase.purchase import Purchase
from ferryman.purchase.timeline import EntryKind, TimelineEntry

Row = dict[str, Any]

_LONGEST_ID = 128


def purchase_row(purchase: Purchase) -> Row:
    """The purchase's one row."""
    return {
        "id": purchase.id,
        "version": purchase.version,
        "state": purchase.state.value,
        "needs_attention": purchase.needs_attention is not None,
        "created_time": purchase.created_time,
        "updated_time": purchase.updated_time,
        "document": purchase.model_dump_json(by_alias=True),
    }


def entry_row(purchase: Purchase, entry: TimelineEntry) -> Row:
    """One entry of its timeline, which came with this version."""
    return {
        "purchase_id": purchase.id,
        "sequence": entry.sequence,
        "version": purchase.version,
        "time": entry.time,
        "kind": entry.kind.value,
        "name": entry.name,
        "detail": entry.model_dump(mode="json")["detail"],
    }


def reference_rows(purchase: Purchase) -> Sequence[Row]:
    """By which ids at Digital River it is found."""
    named = {"order": purchase.order, "checkout": purchase.checkout}
    return [
        {"kind": kind, "ref": part.id, "purchase_id": purchase.id}
        for kind, part in named.items()
        if part is not None
    ]


def heard_rows(purchase: Purchase, entries: Iterable[TimelineEntry]) -> Sequence[Row]:
    """The provider's events that the entries tell of."""
    return [
        {"event_id": event_id, "purchase_id": purchase.id}
        for entry in entries
        if entry.kind is EntryKind.EVENT and (event_id := _event_id(entry)) is not None
    ]


def _event_id(entry: TimelineEntry) -> str | None:
    event_id = entry.detail.get("id")
    return event_id if isinstance(event_id, str) and len(event_id) <= _LONGEST_ID else None
