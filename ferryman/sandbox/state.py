"""All that the sandbox knows as JSON, to be written down and taken up again."""

import dataclasses
import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter

from .clock import Argument, Work
from .delivery import Delivery, default_webhook
from .faults import Fault
from .rules import Rule
from .settings import Variants
from .wire import Json, loads
from .world import Checkout, EventRecord, Order, Session, Source, World

_FORMAT = 1
_LEAP = 10_000
"""More numbers than are given out between a change and its being written down."""
_DECIMAL = "\ud800"
"""Marks a number that a float might not hold; JSON with half a surrogate pair is never taken in."""
_BOOKS = (
    "customers",
    "tax_identifiers",
    "skus",
    "fulfillments",
    "refunds",
    "returns",
    "checkout_sessions",
    "files",
    "file_links",
    "webhooks",
    "requests",
    "violations",
)
"""What is JSON already."""
_CHECKOUTS = TypeAdapter(list[Checkout])
_ORDERS = TypeAdapter(list[Order])
_EVENT = TypeAdapter(EventRecord)


class _State(BaseModel):
    """What is read, before checkouts and orders have found their sessions and sources."""

    model_config = ConfigDict(extra="forbid")

    format: Literal[1]
    offset: timedelta
    next_number: int
    webhook_url: str
    variants: Variants
    overrides: dict[str, Variants]
    customers: dict[str, Json]
    tax_identifiers: dict[str, Json]
    skus: dict[str, Json]
    fulfillments: dict[str, Json]
    refunds: dict[str, Json]
    returns: dict[str, Json]
    checkout_sessions: dict[str, Json]
    files: dict[str, Json]
    file_links: dict[str, Json]
    webhooks: dict[str, Json]
    requests: list[Json]
    violations: list[Json]
    contents: dict[str, str]
    sources: list[Source]
    sessions: list[Session]
    checkouts: list[Json]
    orders: list[Json]
    charges: dict[str, str]
    events: list[Json]
    unsent: list[str]
    rules: list[Rule]
    faults: list[Fault]
    timers: list[tuple[datetime, Work, tuple[Argument, ...]]]


def write_state(world: World, delivery: Delivery, faults: list[Fault]) -> bytes:
    """Write everything down; what was under way is to be tried again at once."""
    now, chosen = world.clock.now(), world.settings.variants
    holders: list[Checkout | Order] = [*world.checkouts.values(), *world.orders.values()]
    state = {
        "format": _FORMAT,
        "offset": world.clock.offset,
        "next_number": world.next_number,
        "webhook_url": world.settings.webhook_url,
        # Only what differs from the environment, which may say something else at the next start.
        "variants": {name: one for name, one in world.variants if one != getattr(chosen, name)},
        "overrides": world.overrides,
        **{name: getattr(world, name) for name in _BOOKS},
        "contents": {name: content.decode("latin-1") for name, content in world.contents.items()},
        "sources": list(world.sources.values()),
        "sessions": list({one.session.id: one.session for one in holders}.values()),
        "checkouts": [_unlinked(one) for one in world.checkouts.values()],
        "orders": [_unlinked(one) for one in world.orders.values()],
        "charges": {charge_id: order.id for charge_id, order in world.charges.items()},
        "events": [_written(record) for record in world.events.values()],
        "unsent": [record.id for record in world.unsent],
        "rules": [rule.model_dump() for rule in delivery.rules],
        "faults": [fault.model_dump() for fault in faults],
        "timers": [
            *((now, "attempt", trial) for trial in delivery.under_way),
            *((timer.due, timer.work, timer.arguments) for timer in world.clock.timers),
        ],
    }
    return json.dumps(state, default=_plain, separators=(",", ":")).encode()


def read_state(raw: bytes, world: World, delivery: Delivery, faults: list[Fault]) -> None:
    """Take up what was written, in a world that is still empty.

    Raises ValueError, ArithmeticError, KeyError or TypeError for anything else.
    """
    state = _State.model_validate(json.loads(raw, object_hook=_exact))
    for name in _BOOKS:
        setattr(world, name, getattr(state, name))
    world.contents = {name: text.encode("latin-1") for name, text in state.contents.items()}
    _link(world, state)
    world.next_number = max(world.next_number, state.next_number + _LEAP)
    world.variants = world.variants.model_copy(update=state.variants.chosen)
    world.overrides = {owner: variants.chosen for owner, variants in state.overrides.items()}
    world.events = {record.id: record for record in map(_event, state.events)}
    world.unsent.extend(world.events[event_id] for event_id in state.unsent)
    world.clock.restore(state.offset, state.timers)
    delivery.rules = state.rules
    faults[:] = state.faults
    _readdress(world, state.webhook_url)


def _link(world: World, state: _State) -> None:
    """Give checkouts, orders and charges what they share."""
    sessions = {session.id: session for session in state.sessions}
    world.sources = {source.id: source for source in state.sources}

    def linked(holder: Json) -> Json:
        sources = [world.sources[source_id] for source_id in holder["sources"]]
        return {**holder, "session": sessions[holder["session"]], "sources": sources}

    checkouts = _CHECKOUTS.validate_python([linked(one) for one in state.checkouts])
    orders = _ORDERS.validate_python([linked(one) for one in state.orders])
    world.checkouts = {checkout.id: checkout for checkout in checkouts}
    world.orders = {order.id: order for order in orders}
    world.charges = {
        charge_id: world.orders[order_id] for charge_id, order_id in state.charges.items()
    }


def _unlinked(holder: Checkout | Order) -> Json:
    sources = [source.id for source in holder.sources]
    return {**vars(holder), "session": holder.session.id, "sources": sources}


def _written(record: EventRecord) -> Json:
    """Write an event as the text that it is sent as: most of the state, and made already."""
    return {**vars(record), "body": record.body.decode(), "event": None}


def _event(written: Json) -> EventRecord:
    return _EVENT.validate_python({**written, "event": loads(written["body"].encode())})


def _readdress(world: World, former: str) -> None:
    """Let the webhooks that the settings had asked for follow them to where they point now."""
    address = world.settings.webhook_url
    for hook in world.webhooks.values():
        if former != address and hook["address"] == former:
            hook.update({"address": address} if address else {"enabled": False})
    if address and not former:
        webhook = default_webhook(world)
        world.webhooks[webhook["id"]] = webhook


def _plain(value: object) -> Any:
    match value:
        case Decimal():
            return {_DECIMAL: str(value)}
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case _ if dataclasses.is_dataclass(value):
            return vars(value)
    raise TypeError(f"{type(value).__name__} cannot be written down")


def _exact(document: Json) -> Any:
    return Decimal(document[_DECIMAL]) if _DECIMAL in document else document
