"""Chargebacks: the bank takes back what a disputed order had paid (Disputes and chargebacks)."""

from decimal import Decimal

from .errors import conflict, invalid
from .events import emit
from .money import ZERO, rounded
from .refundable import available, hold
from .repayment import book
from .transitions import dispute, resolve_dispute
from .wire import Json, new_id, present
from .world import Order, World

KINDS = ("fraud_chargeback", "non_fraud_chargeback")


def charge_back(world: World, order: Order, amount: Decimal | None, kind: str) -> None:
    """Grant a chargeback, of all that is left by default, and end the dispute with it.

    Raises the 409 Refusal where nothing was captured. That the amount counts as refunded follows
    from how the available amount is computed; no published payload shows it.
    """
    if order.state != "dispute":
        dispute(world, order)
    whole = available(order)
    taken = whole if amount is None else rounded(amount, order.currency)
    if not whole:
        raise conflict("order_not_captured", f"Order '{order.id}' has nothing to charge back.")
    if not 0 < taken <= whole:
        raise invalid("amount", f"'{amount}' is not a valid amount.")
    identity = new_id()
    hold(order, identity, taken, kinds={})
    book(world, order, identity, "complete")
    order.doc["refundedAmount"] = order.doc.get("refundedAmount", ZERO) + taken
    resolve_dispute(world, order)
    booked = _transaction(world, order, taken, kind)
    emit(world, "sales_transaction.created", booked, order.upstream_id)
    emit(world, "order.chargeback", booked, order.upstream_id)
    # The bank's fee is booked by itself, with no amount of the order's.
    fee = _transaction(world, order, ZERO, kind)
    emit(world, "order.chargeback", fee, order.upstream_id)


def _transaction(world: World, order: Order, amount: Decimal, kind: str) -> Json:
    return present(
        id=f"{order.id}_{world.number()}",
        createdTime=world.stamp(),
        saleTime=order.doc["createdTime"],
        currency=order.currency,
        amount=amount,
        type=kind,
        orderId=order.id,
        orderUpstreamID=order.upstream_id,
        liveMode=False,
    )
