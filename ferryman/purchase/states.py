"""The states of a purchase and the only moves between them."""

from collections.abc import Mapping
from enum import StrEnum


class State(StrEnum):
    """Where a purchase stands."""

    CHECKOUT = "checkout"
    SUBMITTING = "submitting"
    PAYMENT_FAILED = "payment_failed"
    PENDING_PAYMENT = "pending_payment"
    IN_REVIEW = "in_review"
    ACCEPTED = "accepted"
    FULFILLED = "fulfilled"
    COMPLETE = "complete"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    DISPUTED = "disputed"
    RETURNED = "returned"


class CancelReason(StrEnum):
    """Why a purchase is `cancelled`."""

    CUSTOMER = "customer"
    MERCHANT = "merchant"
    PAYMENT_WINDOW_CLOSED = "payment_window_closed"
    CHARGE_FAILED = "charge_failed"
    PROVIDER = "provider"


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.CHECKOUT: frozenset({State.SUBMITTING, State.EXPIRED, State.CANCELLED}),
    State.SUBMITTING: frozenset(
        {
            State.PAYMENT_FAILED,
            State.PENDING_PAYMENT,
            State.IN_REVIEW,
            State.ACCEPTED,
            State.BLOCKED,
            State.CHECKOUT,
        }
    ),
    State.PAYMENT_FAILED: frozenset(
        {State.CHECKOUT, State.SUBMITTING, State.EXPIRED, State.CANCELLED}
    ),
    State.PENDING_PAYMENT: frozenset(
        {State.IN_REVIEW, State.ACCEPTED, State.CANCELLED, State.PAYMENT_FAILED}
    ),
    State.IN_REVIEW: frozenset({State.ACCEPTED, State.BLOCKED, State.CANCELLED}),
    State.ACCEPTED: frozenset({State.FULFILLED, State.CANCELLED, State.DISPUTED}),
    State.FULFILLED: frozenset({State.COMPLETE, State.DISPUTED, State.RETURNED}),
    State.COMPLETE: frozenset({State.RETURNED, State.DISPUTED}),
    # A resolved dispute leads back to where it began, nowhere else.
    State.DISPUTED: frozenset({State.ACCEPTED, State.FULFILLED, State.COMPLETE}),
    State.BLOCKED: frozenset(),
    State.CANCELLED: frozenset(),
    State.EXPIRED: frozenset(),
    State.RETURNED: frozenset(),
}

FINAL = frozenset({State.BLOCKED, State.CANCELLED, State.EXPIRED})
"""Nothing leaves these."""

OVER = FINAL | {State.COMPLETE, State.RETURNED}
"""Nothing is awaited any more: the workflow stays only for orders that were left behind."""

BEFORE_ORDER = frozenset({State.CHECKOUT, State.PAYMENT_FAILED})
"""The shopper may still change, pay and submit."""

UNDECIDED = frozenset({State.PENDING_PAYMENT, State.IN_REVIEW})
"""The order exists and Digital River has not decided yet."""
