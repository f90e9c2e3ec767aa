"""Why a purchase waits, on whom and until when: for the API and the search."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.messages import Shipment
    from ferryman.purchase.purchase import (
        Fulfillment,
        ParcelState,
        ShippedItem,
        WaitingFor,
    )
    from ferryman.purchase.rules import ALLOWED
    from ferryman.purchase.states import State

if TYPE_CHECKING:
    from .case import Case

_WHAT = {
    State.SUBMITTING: "provider",
    State.PAYMENT_FAILED: "shopper",
    State.IN_REVIEW: "review",
    State.ACCEPTED: "fulfillment",
    State.FULFILLED: "capture",
    State.DISPUTED: "dispute",
}


def waiting_for(case: Case) -> WaitingFor | None:
    """On whom the purchase waits, until when, and what it takes meanwhile."""
    what = _what(case)
    if what is None:
        return None
    allowed = tuple(call.value for call in ALLOWED[case.state])
    return WaitingFor(what=what, until=until(case), allowed=allowed)


def _what(case: Case) -> str | None:
    if case.provider_away:
        return "provider"
    if case.state is State.CHECKOUT:
        return "mended_checkout" if case.attempt.checkout is None else "shopper"
    if case.state is State.PENDING_PAYMENT:
        return "redirect" if case.attempt.told.redirect else "payment"
    if case.hold is not None and case.state is State.ACCEPTED:
        return "operator"
    return _WHAT.get(case.state)


def until(case: Case) -> datetime | None:
    """When the present wait is over, as an operator may have put it off; None where it never is."""
    if case.state in {State.CHECKOUT, State.PAYMENT_FAILED}:
        return case.checkout_deadline
    if case.state is State.PENDING_PAYMENT and case.payment_deadline is not None:
        return case.payment_deadline + case.policy.payment_grace
    if case.state is State.IN_REVIEW and case.attempt.review_opened is not None:
        put_off = case.attempt.put_off.get(State.IN_REVIEW)
        return put_off or case.attempt.review_opened + case.policy.review_window
    return None


def held(shipment: Shipment) -> Fulfillment:
    """A shipment that waits for the end of a dispute, or for an operator."""
    return Fulfillment(
        shipment_id=shipment.shipment_id,
        items=tuple(
            ShippedItem(
                line_id=item.line_id,
                quantity=item.quantity,
                cancel_quantity=item.cancel_quantity,
            )
            for item in shipment.items
        ),
        state=ParcelState.HELD,
        tracking_company=shipment.tracking_company,
        tracking_number=shipment.tracking_number,
        tracking_url=shipment.tracking_url,
        created_time=workflow.now(),
    )
