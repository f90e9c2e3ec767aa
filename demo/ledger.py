"""The two ledgers of a purchase, ours and the sandbox's, and where they differ."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from .http import JSON

DEAD: Final = frozenset({"cancelled", "blocked"})
"""States of an order that can neither ship nor capture."""

_ORDER_STATE: Final = {
    "pending_payment": "pending_payment",
    "in_review": "in_review",
    "accepted": "accepted",
    "fulfilled": "fulfilled",
    "complete": "complete",
    "blocked": "blocked",
    "cancelled": "cancelled",
    "disputed": "dispute",
    "returned": "returned",
}
"""The order's state that belongs to each state of ours; the others have no order in force."""

_NO_ORDER: Final = "no order"


@dataclass(frozen=True)
class Quantities:
    """Pieces of one line, or of a whole purchase."""

    shipped: int = 0
    cancelled: int = 0

    def __add__(self, other: "Quantities") -> "Quantities":
        return Quantities(self.shipped + other.shipped, self.cancelled + other.cancelled)


@dataclass(frozen=True)
class Account:
    """What one side has written down; lines are keyed by Digital River's order item id."""

    state: str
    orders: str
    lines: Mapping[str, Quantities]
    captured: Decimal
    cancelled: Decimal
    refunded: Decimal = Decimal(0)
    refunds: Mapping[str, str] = field(default_factory=dict)
    """The states of the refunds, by Digital River's refund id."""

    @property
    def pieces(self) -> Quantities:
        """All lines together."""
        return sum(self.lines.values(), Quantities())


@dataclass(frozen=True)
class Row:
    """One purchase in both ledgers; without differences they are equal."""

    purchase_id: str
    currency: str | None
    ours: Account
    theirs: Account
    differences: tuple[str, ...]


def compare(purchase: JSON, ledger: JSON) -> Row:
    """Set our purchase against the sandbox's ledger of the same upstream id."""
    orders: list[JSON] = ledger["orders"]
    known = (purchase["order"] or {}).get("id")
    order = next((order for order in orders if order["id"] == known), None)
    ours = _ours(purchase)
    theirs = replace(_theirs(order, orders, ledger["fulfillments"]), refunds=_refunds(ledger))
    differences = (*_order_differences(orders, known), *_differences(ours, theirs, purchase))
    currency = (purchase["checkout"] or {}).get("currency")
    return Row(purchase["id"], currency, ours, theirs, differences)


def unknown(purchase_id: str, ledger: JSON) -> Row:
    """Tell of a purchase that we have no record of, which is a difference in itself."""
    theirs = _theirs(None, ledger["orders"], [])
    ours = Account("no purchase", "0", {}, Decimal(0), Decimal(0))
    return Row(purchase_id, None, ours, theirs, ("no purchase",))


def _ours(purchase: JSON) -> Account:
    order = purchase["order"] or {}
    over = purchase["state"] in DEAD
    reason = f" ({purchase['reason']})" if purchase["reason"] else ""
    return Account(
        state=f"{purchase['state']}{reason}",
        orders="1" if order and not over else "0",
        lines={
            item["orderItemId"]: _line(
                item["quantity"], Quantities(item["fulfilled"], item["cancelled"]), over=over
            )
            for item in purchase["items"]
            if item["orderItemId"]
        },
        captured=_amount(order, "capturedAmount"),
        cancelled=_amount(order, "cancelledAmount"),
        refunded=_amount(order, "refundedAmount"),
        refunds=_refunds(purchase),
    )


def _theirs(order: JSON | None, orders: list[JSON], fulfillments: list[JSON]) -> Account:
    # Money captured on any order of this purchase is money taken from the shopper.
    captured = sum((_amount(each, "capturedAmount") for each in orders), Decimal(0))
    refunded = sum((_amount(each, "refundedAmount") for each in orders), Decimal(0))
    count = f"{len(_live(orders))} of {len(orders)}"
    if order is None:
        return Account(_NO_ORDER, count, {}, captured, Decimal(0), refunded)
    done: dict[str, Quantities] = {}
    for item in _fulfilled_items(order["id"], fulfillments):
        change = Quantities(item.get("quantity") or 0, item.get("cancelQuantity") or 0)
        done[item["itemId"]] = done.get(item["itemId"], Quantities()) + change
    return Account(
        state=order["state"],
        orders=count,
        lines={
            item["id"]: _line(
                item["quantity"], done.get(item["id"], Quantities()), over=order["state"] in DEAD
            )
            for item in order["items"]
        },
        captured=captured,
        cancelled=_amount(order, "cancelledAmount"),
        refunded=refunded,
    )


def _refunds(holder: JSON) -> Mapping[str, str]:
    return {each["id"]: each["state"] for each in holder.get("refunds", ()) if each["id"]}


def _fulfilled_items(order_id: str, fulfillments: list[JSON]) -> Iterator[JSON]:
    for fulfillment in fulfillments:
        if fulfillment["orderId"] == order_id:
            yield from fulfillment["items"]


def _line(quantity: int, done: Quantities, *, over: bool) -> Quantities:
    # An order that died as a whole cancelled what it had not shipped, without naming lines.
    return Quantities(done.shipped, quantity - done.shipped) if over else done


def _live(orders: list[JSON]) -> list[str]:
    return [order["id"] for order in orders if order["state"] not in DEAD]


def _order_differences(orders: list[JSON], known: str | None) -> Iterator[str]:
    live = _live(orders)
    if len(live) > 1:
        yield f"{len(live)} live orders"
    yield from (f"order {order_id} is live, not ours" for order_id in live if order_id != known)
    if known and known not in {order["id"] for order in orders}:
        yield f"order {known} is not there"


def _differences(ours: Account, theirs: Account, purchase: JSON) -> Iterator[str]:
    if theirs.state not in _expected_states(purchase):
        yield f"state {theirs.state}"
    if purchase["order"] and ours.lines != theirs.lines:
        yield "quantities"
    if ours.captured != theirs.captured:
        yield "captured amount"
    if ours.cancelled != theirs.cancelled:
        yield "cancelled amount"
    if ours.refunded != theirs.refunded:
        yield "refunded amount"
    if ours.refunds != theirs.refunds:
        yield "refunds"


def _expected_states(purchase: JSON) -> frozenset[str]:
    expected = _ORDER_STATE.get(purchase["state"])
    if expected is None:
        return DEAD | {_NO_ORDER}
    return frozenset({expected if purchase["order"] else _NO_ORDER})


def _amount(order: JSON, name: str) -> Decimal:
    return Decimal(order.get(name) or 0)
