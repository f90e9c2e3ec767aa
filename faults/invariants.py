"""What must hold of every purchase whatever was done to it; pure, one function per invariant.

Each gives a list of sentences, empty where all is well. `INVARIANTS` has them by their names.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Final

from demo.ledger import DEAD, compare
from ferryman.money import digits
from ferryman.purchase.states import TRANSITIONS, State

from .evidence import JSON, Evidence, amount, moved

Check = Callable[[Evidence], list[str]]

ENDS: Final = frozenset({"complete", "blocked", "cancelled", "expired", "returned"})
NOT_YET: Final = frozenset({"in_review", "pending_payment", "blocked", "cancelled"})
"""States of an order in which nothing may be shipped."""
UNSENT: Final = frozenset({"held", "capture_failed", "cancel_failed"})
"""Parcels of which nobody is told that they are on their way."""
TOO_MUCH: Final = frozenset(
    {"quantity_too_large", "item_fulfilled", "item_cancelled", "order_fulfilled", "order_complete"}
)
"""Codes by which Digital River refuses more than is open."""

MOST_EVENTS = 500
LARGEST_HISTORY = 512 * 1024
LARGEST_PAYLOAD = 64 * 1024

_PARTS = (("tax", "amount"), ("shipping", "amount"), ("shipping", "taxAmount"))


def terminal(evidence: Evidence) -> list[str]:
    """I1: one workflow, completed, and the purchase has come to one of its ends."""
    found = []
    if len(evidence.runs) != 1:
        found.append(f"{len(evidence.runs)} workflows: {', '.join(evidence.runs)}")
    found += [f"a workflow is {run}" for run in evidence.runs if run != "COMPLETED"]
    if evidence.purchase["state"] not in ENDS:
        found.append(f"the purchase stays {evidence.purchase['state']}")
    return found


def one_order(evidence: Evidence) -> list[str]:
    """I2: at most one order per submission, and never two that are not cancelled or blocked."""
    orders = evidence.orders
    by_checkout = Counter(order["checkoutId"] for order in orders)
    found = [f"{count} orders of checkout {one}" for one, count in by_checkout.items() if count > 1]
    submissions = sum(entry["name"] == "terms_accepted" for entry in evidence.timeline)
    if len(orders) > submissions:
        found.append(f"{len(orders)} orders of {submissions} submissions")
    live = [order["id"] for order in orders if order["state"] not in DEAD]
    if len(live) > 1:
        found.append(f"{len(live)} live orders: {', '.join(live)}")
    return found


def quantity(evidence: Evidence) -> list[str]:
    """I3: at no time is more of a line shipped and cancelled than was ordered, nor asked for."""
    found = []
    for order in evidence.orders:
        left = {item["id"]: item["quantity"] for item in order["items"]}
        for fulfillment in evidence.fulfillments(order["id"]):
            for item in fulfillment["items"]:
                left[item["itemId"]] -= _pieces(item)
        found += [f"line {line} moved {-more} too many" for line, more in left.items() if more < 0]
    found += [
        f"{request['method']} {request['path']} was refused: {code}"
        for request in evidence.ledger["requests"]
        for code in (request.get("code"), request.get("lateCode"))
        if code in TOO_MUCH
    ]
    return found


def one_shipment(evidence: Evidence) -> list[str]:
    """I4: each shipment or cancellation stands once in the provider's books."""
    told = Counter(
        (one["orderId"], (one.get("metadata") or {}).get("shipmentId"))
        for one in evidence.ledger["fulfillments"]
    )
    return [
        f"{count} fulfillments of {reference or 'no reference'} on order {order_id}"
        for (order_id, reference), count in told.items()
        if count > 1 or reference is None
    ]


def money(evidence: Evidence) -> list[str]:
    """I5: what was shipped is captured, what was cancelled reversed, to the minor unit."""
    found = []
    for order in evidence.orders:
        found += [f"order {order['id']}: {problem}" for problem in _money(evidence, order)]
    return found + list(_totals(evidence))


def gate(evidence: Evidence) -> list[str]:
    """I6: nothing was shipped, nor asked to be, but of an accepted order."""
    found = [
        f"asked to ship while the order was {call['orderState']}"
        for call in evidence.shipping_calls
        if call.get("orderState") in NOT_YET
    ]
    for record in evidence.ledger["events"]:
        if record["event"]["type"] == "fulfillment.created":
            done = record["event"]["data"]["object"]
            state = done["orderDetails"]["state"]
            if state in NOT_YET and any(item.get("quantity") for item in done["items"]):
                found.append(f"shipped while the order was {state}")
    return found


def no_orphan(evidence: Evidence) -> list[str]:
    """I7: no order is accepted with open money while nobody attends to it."""
    return [
        f"order {order['id']} is accepted and its purchase closed"
        for order in evidence.orders
        if evidence.closed and order["state"] == "accepted" and _open(evidence, order["id"])
    ]


def agreement(evidence: Evidence) -> list[str]:
    """I8: our outcome is the one that the provider's books lead to."""
    row = compare(evidence.purchase, evidence.ledger)
    return [f"{row.ours.state} against {row.theirs.state}: {one}" for one in row.differences]


def monotone(evidence: Evidence) -> list[str]:
    """I12: the states in the timeline are a path of the allowed moves; no entry is missing."""
    path = ["checkout", *(one["name"] for one in evidence.timeline if one["kind"] == "state")]
    found = [
        f"moved from {before} to {after}"
        for before, after in pairwise(path)
        if State(after) not in TRANSITIONS[State(before)]
    ]
    if path[-1] != evidence.purchase["state"]:
        found.append(f"the timeline ends {path[-1]}, the record {evidence.purchase['state']}")
    numbers = [entry["sequence"] for entry in evidence.timeline]
    if numbers != list(range(1, len(numbers) + 1)):
        found.append(f"timeline entries are missing or doubled: {numbers}")
    return found


def bounded(evidence: Evidence) -> list[str]:
    """I18: a history stays small."""
    found = []
    for size in evidence.sizes:
        for name, value, most in (
            ("events", size.events, MOST_EVENTS),
            ("bytes", size.octets, LARGEST_HISTORY),
            ("bytes in one payload", size.largest_payload, LARGEST_PAYLOAD),
        ):
            if value > most:
                found.append(f"a history of {value} {name}, more than {most}")
    return found


def told(evidence: Evidence) -> list[str]:
    """I21: others are told of each fact once, numbered without a gap."""
    kinds = Counter(one["type"] for one in evidence.notices)
    accepted = any((one["kind"], one["name"]) == ("state", "accepted") for one in evidence.timeline)
    parcels = [
        one
        for one in evidence.purchase["fulfillments"]
        if one["state"] not in UNSENT and any(item["quantity"] for item in one["items"])
    ]
    cancelled = evidence.purchase["state"] == "cancelled" and evidence.purchase["order"] is not None
    wanted = {
        "purchase.confirmed": int(accepted),
        "purchase.shipped": len(parcels),
        "purchase.cancelled": int(cancelled),
    }
    found = [
        f"{kinds[kind]} of {kind}, not {number}"
        for kind, number in wanted.items()
        if kinds[kind] != number
    ]
    numbers = [one["sequence"] for one in evidence.notices]
    if numbers != list(range(1, len(numbers) + 1)):
        found.append(f"notices are missing or doubled: {numbers}")
    return found


def one_refund(evidence: Evidence) -> list[str]:
    """I22: each refund stands once in the provider's books, and ends in ours as in theirs."""
    held = Counter((one.get("metadata") or {}).get("refundId") for one in _refunds(evidence))
    found = [f"{count} refunds of {one or 'no id'}" for one, count in held.items() if count != 1]
    theirs = {
        one["id"]: (one["state"], amount(one, "refundedAmount")) for one in _refunds(evidence)
    }
    ours = {
        one["id"]: (one["state"], amount(one, "refundedAmount"))
        for one in evidence.purchase["refunds"]
    }
    if ours != theirs:
        found.append(f"our refunds {ours}, theirs {theirs}")
    return found


INVARIANTS: Final[Mapping[str, Check]] = {
    "I1": terminal,
    "I2": one_order,
    "I3": quantity,
    "I4": one_shipment,
    "I5": money,
    "I6": gate,
    "I7": no_orphan,
    "I8": agreement,
    "I12": monotone,
    "I18": bounded,
    "I21": told,
    "I22": one_refund,
}
"""The invariants that can be read off one purchase's evidence."""


def violations(evidence: Evidence) -> list[str]:
    """Every violation, with the name of its invariant before it."""
    return [f"{name}: {one}" for name, check in INVARIANTS.items() for one in check(evidence)]


def _refunds(evidence: Evidence) -> list[JSON]:
    orders = {order["id"] for order in evidence.orders}
    return [one for one in evidence.ledger["refunds"] if one["orderId"] in orders]


def _pieces(item: JSON) -> int:
    return (item.get("quantity") or 0) + (item.get("cancelQuantity") or 0)


def _open(evidence: Evidence, order_id: str) -> Decimal:
    charges = evidence.charges(order_id)
    authorized = sum((amount(one, "amount") for one in charges), Decimal(0))
    return authorized - moved(charges, "captures") - moved(charges, "cancels")


def _money(evidence: Evidence, order: JSON) -> Iterator[str]:
    charges = evidence.charges(order["id"])
    still = _open(evidence, order["id"])
    if still < 0:
        yield f"{-still} more captured and reversed than authorised"
    if charges and order["state"] in {"complete", "cancelled", "blocked"} and still > 0:
        yield f"{still} neither captured nor reversed at the end"
    shipped = _share(evidence, order, "quantity")
    captured = moved(charges, "captures")
    # Each of a line's four parts is rounded with each parcel.
    parcels = len(evidence.fulfillments(order["id"])) + 1
    slack = 4 * parcels * len(order["items"]) * Decimal(1).scaleb(-digits(order["currency"]))
    if order["state"] in {"complete", "cancelled"} and abs(captured - shipped) > slack:
        yield f"captured {captured}, shipped goods for {shipped}"


def _share(evidence: Evidence, order: JSON, name: str) -> Decimal:
    """The price of the pieces that were shipped or cancelled, from the lines' own prices."""
    worth = {item["id"]: _worth(item) for item in order["items"]}
    ordered = {item["id"]: item["quantity"] for item in order["items"]}
    # A discount on the whole order is in no line's price: it is shared out alike.
    scale = amount(order, "totalAmount") / (sum(worth.values(), Decimal(0)) or Decimal(1))
    return sum(
        (
            worth[item["itemId"]] * (item.get(name) or 0) / ordered[item["itemId"]] * scale
            for fulfillment in evidence.fulfillments(order["id"])
            for item in fulfillment["items"]
        ),
        Decimal(0),
    )


def _worth(item: JSON) -> Decimal:
    return amount(item, "amount") + sum(
        (amount(item.get(part) or {}, name) for part, name in _PARTS), Decimal(0)
    )


def _totals(evidence: Evidence) -> Iterator[str]:
    """Our totals are the provider's."""
    checkout, order = evidence.purchase.get("checkout"), evidence.purchase.get("order")
    for theirs in evidence.orders:
        if checkout and theirs["checkoutId"] == checkout["id"]:
            ours = amount(checkout, "totalAmount")
            if ours != amount(theirs, "totalAmount"):
                yield f"our total {ours}, theirs {amount(theirs, 'totalAmount')}"
        if order and theirs["id"] == order["id"]:
            ours = amount(order, "capturedAmount")
            if ours != amount(theirs, "capturedAmount"):
                yield f"our captured {ours}, theirs {amount(theirs, 'capturedAmount')}"
