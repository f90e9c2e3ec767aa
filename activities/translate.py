"""From Digital River's words into ours; nothing above this file sees a wire model."""

import re
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from ferryman.digital_river import models as wire
from ferryman.digital_river.errors import DigitalRiverError
from ferryman.purchase.documents import DocumentKind
from ferryman.purchase.purchase import Order
from ferryman.purchase.readings import (
    CheckoutReading,
    DocumentFile,
    Funds,
    OrderedItem,
    OrderReading,
    Problem,
    Standing,
)
from ferryman.purchase.request import PurchaseRequest

from . import charges, pricing

ATTEMPT_KEY = "checkoutAttempt"

_STANDINGS: Mapping[str, Standing] = {
    "pending_payment": Standing.PENDING,
    "in_review": Standing.IN_REVIEW,
    "accepted": Standing.ACCEPTED,
    "blocked": Standing.BLOCKED,
    "cancelled": Standing.CANCELLED,
    "fulfilled": Standing.FULFILLED,
    "complete": Standing.COMPLETE,
    "returned": Standing.RETURNED,
    "dispute": Standing.DISPUTED,
}
_FUNDS: Mapping[str, Funds] = {
    "failed": Funds.FAILED,
    "cancelled": Funds.FAILED,
    "pending_redirect": Funds.AT_REDIRECT,
    "complete": Funds.SETTLED,
}
_CODE = re.compile(r"\b[a-z0-9]+(?:[_-]+[a-z0-9]+)+\b", re.IGNORECASE)


def checkout_body(request: PurchaseRequest, purchase_id: str, attempt: int) -> dict[str, Any]:
    """The body of `POST /checkouts`; the order finds its way back by what we write on it."""
    body = request.model_dump(by_alias=True, exclude_none=True, exclude={"customer", "items"})
    body["upstreamId"] = purchase_id
    body["metadata"] = {**(request.metadata or {}), ATTEMPT_KEY: str(attempt)}
    body["items"] = [
        {
            **item.model_dump(by_alias=True, exclude_none=True, exclude={"line_id", "physical"}),
            "metadata": {**(item.metadata or {}), pricing.LINE_KEY: item.line_id},
        }
        for item in request.items
    ]
    if request.customer is not None:
        body["customerId"] = request.customer.id
    return body


def checkout_reading(checkout: wire.Checkout, source: wire.Source | None = None) -> CheckoutReading:
    """A checkout as we know it; ready for an order in `requires_confirmation` with nothing left.

    The rule stands in "Payment sessions".
    """
    session = checkout.payment.session
    left = session.amount_remaining_to_be_contributed if session else None
    attached = source or next(iter(checkout.payment.sources), None)
    return CheckoutReading(
        checkout=pricing.checkout(checkout, checkout.id),
        payable=session is not None and session.state == "requires_confirmation" and not left,
        source_id=attached.id if attached else None,
        source_type=attached.type if attached else None,
        source_flow=source.flow if source else None,
    )


def order_reading(order: wire.Order, taken: datetime) -> OrderReading:
    """An order as we know it, asked for at `taken`."""
    session = order.payment.session
    source = next(iter(order.payment.sources), None)
    return OrderReading(
        order=_order(order),
        taken=taken,
        standing=standing(order),
        funds=_FUNDS.get((session and session.state) or "", Funds.AWAITED),
        checkout_id=order.checkout_id,
        upstream_id=order.upstream_id,
        created_time=order.created_time or taken,
        authorized_since=charges.authorized_since(order, taken),
        source_type=source.type if source else None,
        session=pricing.session(session),
        charge_failed=any(charge.state == "failed" for charge in order.charges),
        cancel_failed=charges.cancel_failed(order),
        failure_message=_failure_message(order),
        failure_code=next((each.failure_code for each in order.charges if each.failure_code), None),
        items=tuple(map(_item, order.items)),
        captures=charges.captures(order),
        cancels=charges.cancels(order),
        documents=_documents(order),
        mark=_mark(order),
    )


def standing(order: wire.Order) -> Standing:
    """Where the order stands; a state that the documents do not know is no news."""
    return _STANDINGS.get(order.state, Standing.UNKNOWN)


def _order(order: wire.Order) -> Order:
    rounded = partial(pricing.rounded_to, currency=order.currency)
    return Order(
        id=order.id,
        state=order.state,
        fraud_state=order.fraud_state,
        charge_states=tuple(charge.state or "" for charge in order.charges),
        captured_amount=rounded(order.captured_amount),
        cancelled_amount=rounded(order.cancelled_amount),
        refunded_amount=rounded(order.refunded_amount),
        available_to_refund_amount=rounded(order.available_to_refund_amount),
        state_transitions=dict(order.state_transitions),
    )


def _item(item: wire.OrderItem) -> OrderedItem:
    return OrderedItem(
        id=item.id,
        line_id=pricing.line_id(item),
        sku_id=item.sku_id or (item.product_details.id if item.product_details else None),
        quantity=item.quantity,
        physical=item.product_details.physical if item.product_details else None,
    )


def _documents(order: wire.Order) -> tuple[DocumentFile, ...]:
    kept = {
        DocumentKind.INVOICE: order.invoice_pdfs,
        DocumentKind.CREDIT_MEMO: order.credit_memo_pdfs,
    }
    return tuple(
        DocumentFile(kind=kind, file_id=file.id)
        for kind, files in kept.items()
        for file in files or ()
    )


def _failure_message(order: wire.Order) -> str | None:
    messages = (charge.failure_message for charge in order.charges)
    return next((said for message in messages if (said := safe(message))), None)


def _mark(order: wire.Order) -> str:
    session = order.payment.session
    captures = (
        part.state for charge in order.charges for part in (*charge.captures, *charge.cancels)
    )
    told = (
        order.state,
        order.fraud_state,
        session.state if session else None,
        *(charge.state for charge in order.charges),
        *captures,
        order.captured_amount,
        order.cancelled_amount,
        order.refunded_amount,
        order.available_to_refund_amount,
        *(file.file_id for file in _documents(order)),
    )
    return "|".join(str(part) for part in told)


def problem(error: DigitalRiverError) -> Problem:
    """Why Digital River refused, with its parameter as a JSON pointer."""
    return Problem(message=safe(error.message), pointer=_pointer(error.parameter), code=error.code)


def _pointer(parameter: str | None) -> str | None:
    if not parameter:
        return None
    parts = re.split(r"[.\[\]/]+", parameter)
    return "/" + "/".join(part for part in parts if part)


def safe(message: str | None) -> str | None:
    """A message that may be shown; one with a code in it may not ("Handling rejected orders")."""
    if not message or _CODE.search(message):
        return None
    return message[:500]
