"""Events as Digital River sends and lists them, and which order each is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from . import exact_json
from .models.base import Time

KNOWN_TYPES = frozenset(
    {
        "order.created",
        "order.submitted",
        "order.updated",
        "order.accepted",
        "order.review_opened",
        "order.review_closed",
        "order.pending_payment",
        "order.blocked",
        "order.cancelled",
        "order.fulfilled",
        "order.complete",
        "order.refunded",
        "order.dispute",
        "order.dispute.resolved",
        "order.chargeback",
        "order.invoice.created",
        "order.credit_memo.created",
        "order.charge.pending",
        "order.charge.created",
        "order.charge.capturable",
        "order.charge.processing",
        "order.charge.complete",
        "order.charge.completed",
        "order.charge.cancelled",
        "order.charge.failed",
        "order.charge.reauth.failed",
        "order.charge.capture.created",
        "order.charge.capture.pending",
        "order.charge.capture.complete",
        "order.charge.capture.completed",
        "order.charge.capture.failed",
        "order.charge.cancel.pending",
        "order.charge.cancel.pending_information",
        "order.charge.cancel.complete",
        "order.charge.cancel.failed",
        "order.charge.refund.created",
        "order.charge.refund.pending",
        "order.charge.refund.complete",
        "order.charge.refund.completed",
        "order.charge.refund.failed",
        "fulfillment.created",
        "refund.created",
        "refund.pending",
        "refund.pending_information",
        "refund.complete",
        "refund.succeeded",
        "refund.failed",
        "return.created",
        "return.accepted",
        "return.updated",
        "checkout_session.order.created",
    }
)
"""The types that say something about an order ("Event types")."""

_LONGEST_TEXT = 255
_NOT_THE_ORDER = frozenset(
    {"order.invoice.created", "order.credit_memo.created", "order.chargeback"}
)
_ONLY_IN_CHARGES = frozenset({"captured", "captures", "cancels"})
_TIME = TypeAdapter[datetime](Time)


class MalformedEvent(ValueError):
    """The body is no event; the sentence names the key at fault and may be answered."""


@dataclass(frozen=True)
class Event:
    """What happened to what; a hint, for it may be late, doubled or contradict the order."""

    id: str
    type: str
    created_time: datetime | None
    object: Mapping[str, Any]
    order_id: str | None
    upstream_id: str | None
    checkout_id: str | None
    order_state: str | None
    refund_id: str | None = None
    """Digital River's id of the refund that the event carries."""
    return_id: str | None = None
    """Digital River's id of the return that the event carries."""
    our_refund_id: str | None = None
    """What we wrote into the refund's `metadata`."""
    our_return_id: str | None = None
    """What we wrote into the return's `metadata`."""
    file_id: str | None = None
    file_purpose: str | None = None
    """`customer_invoice` or `customer_credit_memo`."""
    checkout_session_id: str | None = None
    """The session of Prebuilt Checkout in which Digital River made the order."""
    chargeback_amount: Decimal | None = None
    """What the bank took back; zero where only its fee was booked."""


def is_known(event_type: str) -> bool:
    """Tell whether events of this type say something about an order."""
    return event_type in KNOWN_TYPES


def parse_event(body: bytes) -> Event:
    """Read a webhook's body; raise MalformedEvent, and nothing else, where it is no event."""
    try:
        document = exact_json.decode(body)
    except ValueError as error:
        raise MalformedEvent(f"body: {error}") from error
    return read_event(document)


def read_event(document: Any) -> Event:
    """Read an event from its document, as in a list; raise MalformedEvent where it is none."""
    envelope = _mapping(document, "body")
    event_type = _given(_text(envelope.get("type")), "type")
    data = _mapping(envelope.get("data"), "data")
    subject = _mapping(data.get("object"), "data.object")
    order = _order_in(event_type, subject)
    checkout = subject if event_type.startswith("checkout.") else {}
    return Event(
        id=_given(_text(envelope.get("id")), "id"),
        type=event_type,
        created_time=_created(envelope.get("createdTime")),
        object=subject,
        order_id=_order_id(event_type, subject, order),
        upstream_id=_text(order.get("upstreamId")) or _text(checkout.get("upstreamId")),
        checkout_id=_id(order.get("checkoutId")) or _id(checkout.get("id")),
        order_state=_text(order.get("state")),
        **_particulars(event_type, subject),
    )


def _order_in(event_type: str, subject: Mapping[str, Any]) -> Mapping[str, Any]:
    """Find the order in an event by its shape, for types and published shapes contradict."""
    details = subject.get("orderDetails")
    if isinstance(details, Mapping):
        return details
    named = event_type.startswith(("order.", "checkout_session.order."))
    if not named or "orderId" in subject or event_type in _NOT_THE_ORDER:
        return {}
    return {} if _ONLY_IN_CHARGES & subject.keys() else subject


def _order_id(event_type: str, subject: Mapping[str, Any], order: Mapping[str, Any]) -> str | None:
    if order is subject and is_known(event_type):
        return _given(_id(order.get("id")), "data.object.id")
    return _id(subject.get("orderId")) or _id(order.get("id"))


def _particulars(event_type: str, subject: Mapping[str, Any]) -> dict[str, Any]:
    metadata = subject.get("metadata")
    ours: Mapping[str, Any] = metadata if isinstance(metadata, Mapping) else {}
    match event_type.split("."):
        case ["refund", *_]:
            return {
                "refund_id": _id(subject.get("id")),
                "our_refund_id": _text(ours.get("refundId")),
            }
        case ["return", *_]:
            return {
                "return_id": _id(subject.get("id")),
                "our_return_id": _text(ours.get("returnId")),
            }
        case ["order", "invoice" | "credit_memo", *_]:
            file_id = _id(subject.get("fileId")) or _id(subject.get("id"))
            return {"file_id": file_id, "file_purpose": _text(subject.get("purpose"))}
        case ["checkout_session", *_]:
            return {"checkout_session_id": _id(subject.get("checkoutSessionId"))}
        case ["order", "chargeback"]:
            return {"chargeback_amount": _amount(subject.get("amount"))}
    return {}


def _mapping(value: Any, key: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise MalformedEvent(f"{key}: an object is needed")
    return value


def _given(value: str | None, key: str) -> str:
    if value is None:
        raise MalformedEvent(f"{key}: a short plain text is needed")
    return value


def _id(value: Any) -> str | None:
    # As in the answers that are read: an id may be a number. True is one to Python alone.
    number = isinstance(value, int) and not isinstance(value, bool)
    return _text(str(value) if number else value)


def _text(value: Any) -> str | None:
    # Whatever leaves here is looked up in a database, whose texts take no control characters.
    plain = isinstance(value, str) and value.isprintable() and len(value) <= _LONGEST_TEXT
    return value if plain and value else None


def _amount(value: Any) -> Decimal | None:
    number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return Decimal(value) if number else None


def _created(value: Any) -> datetime | None:
    try:
        return _TIME.validate_python(value) if isinstance(value, str) else None
    except ValidationError:
        return None
