"""Which facts a purchase shows that others have to be told of. Pure.

Each has a key that is the same whenever, and however often, the purchase shows it. A purchase that
ends before there is an order tells nothing: its shopper was there.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ferryman.purchase.purchase import (
    Fulfillment,
    Order,
    ParcelState,
    Purchase,
    Refund,
    RefundState,
)
from ferryman.purchase.states import State

from .notice import (
    CancelledLine,
    Notice,
    NoticeType,
    OrderNumber,
    Particulars,
    ToldCancellation,
    ToldInstructions,
    ToldRefund,
    ToldShipment,
    Totals,
    notice_id,
)

CONFIRMED = frozenset(
    {State.ACCEPTED, State.FULFILLED, State.COMPLETE, State.DISPUTED, State.RETURNED}
)
"""Only an accepted order leads to these."""
INSTRUCTIONS = "show_payment_instructions"
UNSENT = frozenset({ParcelState.HELD, ParcelState.CAPTURE_FAILED, ParcelState.CANCEL_FAILED})
"""Parcels that wait for the end of a dispute, or that nobody pays for."""
NOT_GIVEN_BACK = frozenset({RefundState.FAILED, RefundState.EXPIRED})


@dataclass(frozen=True)
class Fact:
    """One thing to tell, not yet numbered."""

    purchase: Purchase
    key: str
    type: NoticeType
    time: datetime
    own: Mapping[str, Any]
    """The particulars that are its type's own, by name."""
    whole: bool = True
    """False where something that belongs to it is still to come, as Digital River's date."""

    @property
    def particulars(self) -> Particulars:
        """All of them; made only where the fact is new."""
        order, checkout = self.purchase.order, self.purchase.checkout
        return Particulars(
            state=self.purchase.state,
            order=OrderNumber(id=order.id, state=order.state) if order else None,
            selling_entity=checkout.selling_entity if checkout else None,
            disclosures=checkout.disclosures if checkout else (),
            locale=checkout.locale if checkout else None,
            prices=checkout.items if checkout else (),
            totals=Totals.model_validate(checkout.model_dump()) if checkout else None,
            items=self.purchase.items,
            customer_message=self.purchase.customer_message,
            **self.own,
        )

    def notice(self, sequence: int) -> Notice:
        """The notice of this fact, the purchase's so many-th."""
        return Notice(
            id=notice_id(self.purchase.id, self.key),
            type=self.type,
            timestamp=self.time,
            purchase_id=self.purchase.id,
            sequence=sequence,
            data=self.particulars,
        )


def facts(purchase: Purchase) -> Iterator[Fact]:
    """All that this version of the purchase shows, what happened first before the rest."""
    yield from _instructions(purchase)
    yield from _confirmed(purchase)
    yield from _parcels(purchase)
    yield from _ends(purchase)
    yield from _refunds(purchase)
    yield from _attention(purchase)


def _instructions(purchase: Purchase) -> Iterator[Fact]:
    action, order = purchase.next_action, purchase.order
    pending = purchase.state is State.PENDING_PAYMENT
    if pending and order is not None and action is not None and action.action == INSTRUCTIONS:
        told = ToldInstructions(
            source_id=action.data.get("sourceId"), deadline=purchase.payment_deadline
        )
        key = f"payment_instructions/{order.id}"
        yield _fact(purchase, key, NoticeType.PAYMENT_INSTRUCTIONS, instructions=told)


def _confirmed(purchase: Purchase) -> Iterator[Fact]:
    if purchase.state in CONFIRMED:
        yield _fact(purchase, "confirmed", NoticeType.CONFIRMED)


def _parcels(purchase: Purchase) -> Iterator[Fact]:
    for parcel in purchase.fulfillments:
        if parcel.state in UNSENT:
            continue
        if any(item.quantity for item in parcel.items):
            yield _shipped(purchase, parcel)
        cancelled = _cancelled_lines(purchase, parcel)
        # Of a purchase that is cancelled as a whole, the whole is told.
        if cancelled and purchase.state is not State.CANCELLED:
            yield _partly_cancelled(purchase, parcel, cancelled)


def _shipped(purchase: Purchase, parcel: Fulfillment) -> Fact:
    told = ToldShipment(
        shipment_id=parcel.shipment_id,
        fulfillment_id=parcel.id,
        items=parcel.items,
        tracking_company=parcel.tracking_company,
        tracking_number=parcel.tracking_number,
        tracking_url=parcel.tracking_url,
    )
    key, time = f"shipped/{parcel.shipment_id}", parcel.created_time
    return _fact(purchase, key, NoticeType.SHIPPED, time, shipment=told)


def _cancelled_lines(purchase: Purchase, parcel: Fulfillment) -> tuple[CancelledLine, ...]:
    skus = {line.line_id: line.sku_id for line in purchase.items}
    return tuple(
        CancelledLine(
            line_id=item.line_id, sku_id=skus.get(item.line_id), quantity=item.cancel_quantity
        )
        for item in parcel.items
        if item.cancel_quantity
    )


def _partly_cancelled(
    purchase: Purchase, parcel: Fulfillment, items: tuple[CancelledLine, ...]
) -> Fact:
    order, time = purchase.order, parcel.created_time
    amount = order.cancelled_amount if order else None
    told = ToldCancellation(date=time, items=items, amount=amount)
    key = f"partly_cancelled/{order.id if order else ''}/{parcel.shipment_id}"
    return _fact(purchase, key, NoticeType.PARTLY_CANCELLED, time, cancellation=told)


def _ends(purchase: Purchase) -> Iterator[Fact]:
    if purchase.order is None:
        return
    if purchase.state is State.BLOCKED:
        yield _fact(purchase, "blocked", NoticeType.BLOCKED)
    if purchase.state is State.CANCELLED:
        yield _cancelled(purchase, purchase.order)


def _cancelled(purchase: Purchase, order: Order) -> Fact:
    date = order.state_transitions.get("cancelled")
    checkout = purchase.checkout
    told = ToldCancellation(
        date=date or purchase.updated_time,
        reason=purchase.reason,
        items=tuple(
            CancelledLine(line_id=line.line_id, sku_id=line.sku_id, quantity=line.cancelled)
            for line in purchase.items
            if line.cancelled
        ),
        amount=checkout.total_amount if checkout else order.cancelled_amount,
    )
    fact = _fact(purchase, "cancelled", NoticeType.CANCELLED, told.date, cancellation=told)
    return replace(fact, whole=date is not None)


def _refunds(purchase: Purchase) -> Iterator[Fact]:
    for refund in purchase.refunds:
        if refund.state is RefundState.SUCCEEDED:
            yield _refund(purchase, refund, NoticeType.REFUNDED, f"refunded/{refund.refund_id}")
        if refund.state in NOT_GIVEN_BACK:
            # The same refund may be tried again, as another one at Digital River.
            key = f"refund_failed/{refund.refund_id}/{refund.id or ''}"
            yield _refund(purchase, refund, NoticeType.REFUND_FAILED, key)


def _refund(purchase: Purchase, refund: Refund, kind: NoticeType, key: str) -> Fact:
    told = ToldRefund.model_validate(refund.model_dump())
    return _fact(purchase, key, kind, refund.updated_time, refund=told)


def _attention(purchase: Purchase) -> Iterator[Fact]:
    attention = purchase.needs_attention
    if attention is not None:
        time = attention.since
        # As exact as the record keeps it, from which the purchase may come.
        key = f"needs_attention/{attention.reason}/{time.isoformat(timespec='milliseconds')}"
        yield _fact(purchase, key, NoticeType.NEEDS_ATTENTION, time, attention=attention)


def _fact(
    purchase: Purchase,
    key: str,
    kind: NoticeType,
    time: datetime | None = None,
    **own: Any,
) -> Fact:
    return Fact(purchase, key, kind, time or purchase.updated_time, own)
