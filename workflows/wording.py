"""The few sentences that a shopper may read, and the reasons that call a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.states import CancelReason, State

if TYPE_CHECKING:
    from .case import Case

DECLINED = "The payment was declined. Please try again or choose another way to pay."
REVIEW_OVERDUE = "review_overdue"
CAPTURE_FAILED = "capture_failed"
LATE_MONEY = "late_payment"
ORDER_LEFT_OPEN = "unpaid_order_not_cancelled"
CANCEL_REFUSED = "cancellation_refused"
CANCEL_FAILED = "cancellation_failed"
SHIPMENT_REFUSED = "shipment_refused"
REAUTHORIZATION_FAILED = "reauthorization_failed"
CHARGEBACK = "chargeback"
UNKNOWN_ORDER = "unknown_order"
KEY_REFUSED = "provider_key_refused"
AUTHORIZATION_EXPIRING = "authorization_expiring"
AUTHORIZATION_EXPIRED = "authorization_expired"
PROVIDER_AWAY = "provider_away"
PROVIDER_REFUSES = "provider_refuses"
RECORDS_AWAY = "records_away"
PROVIDER_DIFFERS = "provider_differs"
ORDER_NOT_FOUND = "order_not_found"
INTERRUPTED = "interrupted"
LINES_UNMATCHED = "order_lines_unmatched"
SHIPMENT_DOUBLED = "shipment_doubled"
REFUND_FAILED = "refund_failed"
REFUND_DOUBLED = "refund_doubled"
RETURN_REFUSED = "return_refused"
UNCLAIMED = "unclaimed_event"
URGENCY = (
    # A shopper's money is held for nothing, or taken or given back twice
    LATE_MONEY,
    REFUND_DOUBLED,
    SHIPMENT_DOUBLED,
    CHARGEBACK,
    CANCEL_FAILED,
    # Money may still come for nothing
    UNKNOWN_ORDER,
    ORDER_LEFT_OPEN,
    ORDER_NOT_FOUND,
    # Goods leave, or have left, unpaid
    CAPTURE_FAILED,
    SHIPMENT_REFUSED,
    REAUTHORIZATION_FAILED,
    AUTHORIZATION_EXPIRED,
    # Money that somebody waits for
    REFUND_FAILED,
    RETURN_REFUSED,
    CANCEL_REFUSED,
    # Nothing gets on before somebody has looked
    KEY_REFUSED,
    PROVIDER_DIFFERS,
    LINES_UNMATCHED,
    INTERRUPTED,
    UNCLAIMED,
    REVIEW_OVERDUE,
    AUTHORIZATION_EXPIRING,
    # May pass by itself
    PROVIDER_REFUSES,
    RECORDS_AWAY,
    PROVIDER_AWAY,
)
"""All reasons, the most urgent first: that one is searchable, whichever came first."""
TOLD_ONCE = (
    SHIPMENT_DOUBLED,
    REFUND_DOUBLED,
    CHARGEBACK,
    UNKNOWN_ORDER,
    SHIPMENT_REFUSED,
    INTERRUPTED,
)
"""Reasons that nothing we read can settle: an operator's `reread` does."""
PASSING = frozenset({REVIEW_OVERDUE, CANCEL_REFUSED, ORDER_NOT_FOUND, REAUTHORIZATION_FAILED})
"""Reasons that are settled by the next move."""

_BY_STATE = {
    State.BLOCKED: "We are sorry: this order cannot be accepted. You have not been charged.",
    State.IN_REVIEW: "Thank you. Your order is being reviewed; we will tell you the outcome.",
    State.EXPIRED: "This purchase was not completed in time.",
}
_BY_REASON = {
    CancelReason.CUSTOMER: "Your order has been cancelled.",
    CancelReason.MERCHANT: "Your order has been cancelled.",
    CancelReason.PROVIDER: "Your order has been cancelled.",
    CancelReason.PAYMENT_WINDOW_CLOSED: (
        "Your order has been cancelled because the payment did not arrive in time."
    ),
    CancelReason.CHARGE_FAILED: "Your order has been cancelled because the payment failed.",
}


def for_shopper(case: Case) -> str | None:
    """What the shopper may read in the present state; a decline's own message comes first."""
    said = case.attempt.reading.failure_message if case.attempt.reading else None
    if case.state is State.PAYMENT_FAILED:
        return said or DECLINED
    if case.state is State.CANCELLED and case.reason is not None:
        failed = case.reason is CancelReason.CHARGE_FAILED
        return (failed and said) or _BY_REASON[case.reason]
    if case.state is State.PENDING_PAYMENT:
        return "Your order waits for your payment."
    return _BY_STATE.get(case.state)
