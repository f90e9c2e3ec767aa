"""What Digital River's event types mean to a purchase ("Event types")."""

import re
from collections.abc import Mapping
from itertools import islice

from pydantic import ValidationError

from ferryman.digital_river.events import Event, MalformedEvent
from ferryman.purchase.messages import Hint, ProviderEvent

HINTS: Mapping[str, Hint] = {
    "order.accepted": Hint.ACCEPTED,
    "order.review_opened": Hint.IN_REVIEW,
    "order.pending_payment": Hint.PENDING_PAYMENT,
    "order.blocked": Hint.BLOCKED,
    "order.charge.failed": Hint.CHARGE_FAILED,
    "order.cancelled": Hint.CANCELLED,
    "order.fulfilled": Hint.FULFILLED,
    "order.complete": Hint.COMPLETE,
    "order.dispute": Hint.DISPUTED,
    "order.dispute.resolved": Hint.RESOLVED,
    "order.chargeback": Hint.CHARGEBACK,
    "order.charge.reauth.failed": Hint.REAUTH_FAILED,
    "order.invoice.created": Hint.DOCUMENT,
    "order.credit_memo.created": Hint.DOCUMENT,
    "checkout_session.order.created": Hint.CHECKED_OUT,
    **dict.fromkeys(
        (
            "order.charge.capture.complete",
            "order.charge.capture.completed",
            "order.charge.capture.failed",
            "order.charge.cancel.complete",
            "order.charge.cancel.failed",
        ),
        Hint.MONEY_MOVED,
    ),
    **dict.fromkeys(
        (
            "order.refunded",
            "order.charge.refund.created",
            "order.charge.refund.pending",
            "order.charge.refund.complete",
            "order.charge.refund.completed",
            "order.charge.refund.failed",
            "refund.created",
            "refund.pending",
            "refund.pending_information",
            "refund.complete",
            "refund.succeeded",
            "refund.failed",
        ),
        Hint.REFUNDED,
    ),
    **dict.fromkeys(
        (
            "order.created",
            "order.submitted",
            "order.updated",
            "order.review_closed",
            "order.charge.created",
            "order.charge.pending",
            "order.charge.capturable",
            "order.charge.processing",
            "order.charge.complete",
            "order.charge.completed",
            "order.charge.cancelled",
            "order.charge.capture.created",
            "order.charge.capture.pending",
            "order.charge.cancel.pending",
            "order.charge.cancel.pending_information",
            "fulfillment.created",
            "return.created",
            "return.accepted",
            "return.updated",
        ),
        Hint.OTHER,
    ),
}
"""The types that are about an order; all others are nobody's here."""

_REFERENCE = re.compile(r"[\x21-\x7e]{1,64}")

_MOST_CONSENTS = 20
_MOST_CAPTURES = 10
_LONGEST_PAIR = 160


def translate(event: Event) -> ProviderEvent | None:
    """Cut an event down to what a purchase needs; None for a type that says nothing to it.

    Raises MalformedEvent where an id is of a shape that no id of Digital River has.
    """
    hint = HINTS.get(event.type)
    if hint is None:
        return None
    try:
        return ProviderEvent(
            id=event.id,
            name=event.type,
            hint=hint,
            order_id=event.order_id,
            upstream_id=event.upstream_id,
            checkout_id=event.checkout_id,
            refund_id=event.refund_id,
            return_id=event.return_id,
            reference=_reference(event.our_refund_id or event.our_return_id),
            created_time=event.created_time,
            file_id=event.file_id,
            captures=_captures(event),
            amount=event.chargeback_amount,
            checkout_session_id=event.checkout_session_id,
            consents=_consents(event) if hint is Hint.CHECKED_OUT else None,
        )
    except ValidationError as error:
        keys = ", ".join(str(each["loc"][0]) for each in error.errors(include_input=False))
        raise MalformedEvent(f"{keys}: not of the shape that ids have") from error


def _captures(event: Event) -> dict[str, str]:
    told = event.object.get("captures")
    parts = [part for part in told if isinstance(part, Mapping)] if isinstance(told, list) else []
    named = [(part.get("id"), part.get("fulfillmentId")) for part in parts]
    short = [(a, b) for a, b in named if isinstance(a, str) and isinstance(b, str)]
    return {a: b for a, b in short[-_MOST_CAPTURES:] if len(a) + len(b) <= _LONGEST_PAIR}


def _consents(event: Event) -> dict[str, bool] | None:
    told = event.object.get("consents")
    if not isinstance(told, Mapping):
        return None
    said = ((str(name)[:40], value) for name, value in told.items() if isinstance(value, bool))
    return dict(islice(said, _MOST_CONSENTS))


def _reference(written: str | None) -> str | None:
    """What another system wrote under our key is no reference of ours."""
    return written if written is not None and _REFERENCE.fullmatch(written) else None
