"""Digital River's refunds in our words, and what its order lets go back. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal

from ferryman.digital_river import models as wire
from ferryman.purchase.purchase import (
    Purchase,
    RefundedItem,
    RefundInformation,
    RefundState,
)
from ferryman.purchase.readings import Problem
from ferryman.purchase.refundable import Objection, Refundable, RefundableLine
from ferryman.purchase.refunds import OPEN, RefundFound, RefundRequest

from . import translate
from .looking import REFUND_KEY

_STATES: Mapping[str, RefundState] = {
    "pending": RefundState.PENDING,
    "pending_information": RefundState.PENDING_INFORMATION,
    "succeeded": RefundState.SUCCEEDED,
    "complete": RefundState.SUCCEEDED,
    "failed": RefundState.FAILED,
    "expired": RefundState.EXPIRED,
}
_REFERENCE = re.compile(r"[\x21-\x7e]{1,64}")
_NOTHING = Decimal(0)


def found(refund: wire.Refund) -> RefundFound:
    """A refund as we know it; a state that the documents do not know leaves it pending."""
    reason = refund.failure_reason
    told = refund.token_information
    return RefundFound(
        id=refund.id,
        state=_STATES.get(refund.state, RefundState.PENDING),
        reference=reference(refund.metadata, REFUND_KEY),
        currency=refund.currency,
        amount=_amount(refund),
        refunded_amount=refund.refunded_amount,
        reason=refund.reason,
        type=refund.type,
        items=tuple(
            RefundedItem(
                line_id=item.item_id or "",
                quantity=item.quantity,
                amount=item.amount,
                percent=item.percent,
                type=item.type,
            )
            for item in refund.items
        ),
        failure_reason=translate.safe(reason),
        failure_code=reason,
        information=RefundInformation(token=told.token, expires_time=told.expires_time)
        if told is not None and told.token is not None
        else None,
        created_time=refund.created_time,
    )


def reference(metadata: Mapping[str, object] | None, key: str) -> str | None:
    """What we wrote on it; another system may have written anything under the same key."""
    written = str((metadata or {}).get(key) or "")
    return written if _REFERENCE.fullmatch(written) else None


def refundable(order: wire.Order, refunds: Iterable[wire.Refund], purchase: Purchase) -> Refundable:
    """What may go back now; refunds under way take their part, whoever asked for them."""
    under_way = [each for each in refunds if _STATES.get(each.state) in OPEN]
    pending = _still_to_be_taken(order, under_way)
    return Refundable(
        order_state=order.state,
        currency=order.currency or (purchase.checkout.currency if purchase.checkout else ""),
        captured=_captured(order),
        available=order.available_to_refund_amount or _NOTHING,
        pending=pending,
        lines=_lines(order, under_way, purchase, pending),
    )


def _still_to_be_taken(order: wire.Order, under_way: Iterable[wire.Refund]) -> Decimal:
    """What refunds under way have yet to take of what is available.

    No document says whether Digital River takes a refund off when it is asked for or when it is
    paid; the sums of the order tell. One that says no amount takes what only Digital River knows.
    """
    if order.captured_amount is None:
        return _NOTHING
    pending = sum((_amount(each) or _NOTHING for each in under_way), _NOTHING)
    left = order.captured_amount - (order.refunded_amount or _NOTHING) - pending
    available = order.available_to_refund_amount or _NOTHING
    return min(pending, max(_NOTHING, available - left))


def too_much(problem: Problem, wanted: RefundRequest) -> Objection | None:
    """The objection that our own look would have had, had others not asked at the same time.

    None where Digital River refuses something else than the amount ("Issuing refunds").
    """
    if problem.pointer not in {"/amountRequested", "/percentRequested"}:
        return None
    given = {"/amount": wanted.amount, "/percent": wanted.percent, "/items": wanted.items}
    pointer = next(each for each, value in given.items() if value is not None)
    return Objection(pointer, (problem.message or "more than can be refunded now").rstrip("."))


def _captured(order: wire.Order) -> bool:
    captures = (part.state for charge in order.charges for part in charge.captures)
    return "complete" in captures or bool(order.available_to_refund_amount)


def _lines(
    order: wire.Order, under_way: Iterable[wire.Refund], purchase: Purchase, most: Decimal
) -> tuple[RefundableLine, ...]:
    pending: defaultdict[str, Decimal] = defaultdict(Decimal)
    for refund in under_way:
        for part in refund.items:
            pending[part.item_id or ""] += part.amount or _NOTHING
    items = {item.id: item for item in order.items}
    return tuple(
        RefundableLine(
            line_id=line.line_id,
            item_id=item.id,
            fulfilled=line.fulfilled,
            available=item.available_to_refund_amount,
            pending=min(pending[item.id], most),
        )
        for line in purchase.items
        if (item := items.get(line.order_item_id or "")) is not None
    )


def _amount(refund: wire.Refund) -> Decimal | None:
    if refund.amount is not None:
        return refund.amount
    parts = [item.amount for item in refund.items if item.amount is not None]
    return sum(parts, _NOTHING) if parts else None
