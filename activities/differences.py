"""What sets an order at the provider apart from what its purchase's record says of it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime

import structlog
from pydantic import ValidationError

from ferryman.digital_river import models as wire
from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.purchase.purchase import Order
from ferryman.purchase.readings import PAID, OrderReading, Standing

from .owners import Owner
from .translate import order_reading

_NO_ORDER = frozenset({Standing.CANCELLED, Standing.BLOCKED})

log = structlog.get_logger(__name__)


def differing(owner: Owner, order: wire.Order) -> ProviderEvent | None:
    """Where the order stands otherwise than the record says: what is to be told, else None.

    The same difference has the same id, so that it is told once.
    """
    reading = order_reading(order, datetime.now(UTC))
    if not _differs(owner, reading):
        return None
    try:
        return ProviderEvent(
            id=f"differs-{order.id}-{_digest(reading.order)}",
            name="order.differs",
            hint=Hint.DIFFERS,
            order_id=order.id,
            upstream_id=order.upstream_id,
            checkout_id=order.checkout_id,
            created_time=order.updated_time,
        )
    except ValidationError:
        log.warning("order_left_out", purchase_id=owner.purchase.id, cause="its id is no id")
        return None


def _differs(owner: Owner, reading: OrderReading) -> bool:
    recorded = owner.purchase.order
    if recorded is not None and recorded.id == reading.order.id:
        return _is_news(recorded, reading.order)
    if owner.knows_order:
        # Left behind for a newer one: it matters only where money came for it.
        return reading.standing in PAID
    return reading.standing not in _NO_ORDER


def _is_news(recorded: Order, shown: Order) -> bool:
    """True where the list says something else; what it does not say it does not deny."""
    known = _facts(recorded)
    return any(
        fact not in (None, ()) and fact != known[name] for name, fact in _facts(shown).items()
    )


def _facts(order: Order) -> Mapping[str, object]:
    return {
        "state": order.state,
        "charges": order.charge_states,
        "captured": order.captured_amount,
        "cancelled": order.cancelled_amount,
        "refunded": order.refunded_amount,
        "refundable": order.available_to_refund_amount,
    }


def _digest(order: Order) -> str:
    # With the times of its states, for a second dispute shows the same as the first.
    said = json.dumps([_facts(order), order.state_transitions], default=str, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]
