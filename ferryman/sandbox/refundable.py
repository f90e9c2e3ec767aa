"""What of an order can be refunded, and what refunds have taken of it (Issuing refunds).

A refund holds its amount from the moment it is asked for; one that fails gives it back.
"""

from collections.abc import Mapping
from decimal import Decimal

from .money import ZERO, rounded
from .world import Line, Order, Repayment

_PARTS = {
    "shipping": ("shipping", "shippingTax"),
    "tax": ("tax", "shippingTax"),
    "goods": ("amount", "tax"),
}


def available(order: Order) -> Decimal:
    """Give what was captured and neither refunded nor asked for."""
    amount: Decimal = order.doc["availableToRefundAmount"]
    return amount


def of_kind(order: Order, kind: str) -> Decimal:
    """Give what is left of an order's shipping, tax, duty or importer tax."""
    captured = sum((of_line(order, line, kind) for line in order.lines), ZERO)
    repaid = sum((one.kinds.get(kind, ZERO) for one in order.repayments.values()), ZERO)
    return min(available(order), captured - repaid)


def of_line(order: Order, line: Line, kind: str) -> Decimal:
    """Give what was captured of a line's goods (with their tax), shipping, tax, fees or duty."""
    whole = sum((line.totals[name] for name in _PARTS.get(kind, ())), ZERO)
    return rounded(whole * line.fulfilled / line.quantity, order.currency)


def hold(
    order: Order,
    refund_id: str,
    amount: Decimal,
    *,
    kinds: Mapping[str, Decimal],
    lines: Mapping[str, Decimal] | None = None,
) -> None:
    """Take a refund's amount from what is available; without lines it is spread over them."""
    taken = dict(lines) if lines is not None else _spread(order, amount, kinds)
    order.repayments[refund_id] = Repayment(amount, taken, dict(kinds))
    order.doc["availableToRefundAmount"] -= amount
    for line in order.lines:
        line.doc["availableToRefundAmount"] -= taken.get(line.id, ZERO)


def release(order: Order, refund_id: str) -> None:
    """Give back what a refund held that came to nothing."""
    repayment = order.repayments.pop(refund_id)
    order.doc["availableToRefundAmount"] += repayment.amount
    for line in order.lines:
        line.doc["availableToRefundAmount"] += repayment.lines.get(line.id, ZERO)


def _spread(order: Order, amount: Decimal, kinds: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Lower the lines in proportion; shipping is in no line's amount, its tax is."""
    whole, taken = available(order), {}
    for line in order.lines:
        share = line.doc["availableToRefundAmount"]
        if not kinds:
            taken[line.id] = min(share, rounded(share * amount / whole, order.currency))
        elif "tax" in kinds:
            taxed = rounded(line.totals["tax"] * line.fulfilled / line.quantity, order.currency)
            taken[line.id] = min(share, taxed)
    return taken
