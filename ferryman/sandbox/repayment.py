"""How a refund goes on after it was taken: information asked for, money paid back, or failure."""

from decimal import Decimal

from .charges import open_amount, tell
from .errors import conflict
from .events import emit
from .invoices import issue_credit_memo
from .money import ZERO
from .transitions import announce, enter, touch
from .wire import Json, fraction, new_id
from .world import Order, World

_OPEN = ("pending", "pending_information")
_FAILS = frozenset(("RefundFail", "RefundFailedAfterPending", "RefundFailAfterPaymentInfo"))


def begin(world: World, order: Order, refund: Json) -> None:
    """Set a refund going: push methods need the shopper's bank details first."""
    variants = world.variant(order.upstream_id)
    pushed = any(source.doc.get("flow") == "receiver" for source in order.sources)
    trigger = next((one.trigger for one in order.sources if one.trigger in _FAILS), "")
    delay = variants.settle_delay
    if trigger != "RefundFail":
        delay += variants.capture_delay
    world.clock.after(delay, "ask_information" if pushed else "finish_refund", refund["id"])


def reserved(world: World, order: Order) -> Decimal:
    """Add up what refunds under way will take."""
    amounts = [
        refund["amount"]
        for refund in world.refunds.values()
        if refund["orderId"] == order.id and refund["state"] in _OPEN
    ]
    return sum(amounts, ZERO)


def give_information(world: World, refund: Json) -> None:
    """Let the shopper tell the bank account; raises the 409 Refusal where none was asked for."""
    if refund["state"] != "pending_information":
        raise conflict("refund_not_pending", f"Refund '{refund['id']}' is {refund['state']}.")
    finish_refund(world, world.orders[refund["orderId"]], refund)


def finish_refund(world: World, order: Order, refund: Json) -> None:
    """Pay a refund back, or fail where the source says so."""
    if refund["state"] not in _OPEN:
        return
    failed = any(source.trigger in _FAILS for source in order.sources)
    refund.pop("tokenInformation", None)
    parts = _book(world, order, refund, "failed" if failed else "complete")
    refund["charges"] = [_charge_part(charge, part) for charge, part in parts]
    refund["state"] = "failed" if failed else "succeeded"
    if failed:
        refund["failureReason"] = "Failed to operate on charge"
    else:
        _count(order, refund)
    touch(world, order)
    word = "failed" if failed else "complete"
    if failed and world.variant(order.upstream_id).refund_failed_object == "order":
        announce(world, order, "order.charge.refund.failed")
    else:
        for charge, _ in parts:
            tell(world, order, charge, f"order.charge.refund.{word}")
    emit(world, f"refund.{word}", refund, order.upstream_id)
    if not failed:
        _close(world, order)


def ask_information(world: World, order: Order, refund: Json) -> None:
    """Ask the shopper for a bank account; the refund expires where none is told in time."""
    window = world.variant(order.upstream_id).refund_information_window
    refund["state"] = "pending_information"
    expires = fraction(world.clock.now() + window)
    refund["tokenInformation"] = {"token": new_id(), "expiresTime": expires}
    emit(world, "refund.pending_information", refund, order.upstream_id)
    world.clock.after(window, "expire_refund", refund["id"])


def expire_refund(world: World, order: Order, refund: Json) -> None:
    """Fail a refund for which no bank account was told."""
    if refund["state"] == "pending_information":
        refund["state"] = "expired"
        emit(world, "refund.failed", refund, order.upstream_id)


def _book(world: World, order: Order, refund: Json, state: str) -> list[tuple[Json, Json]]:
    left, parts = refund["amount"], []
    secondary = {source.id for source in order.sources if source.secondary}
    for charge in sorted(order.charges, key=lambda one: one["sourceId"] in secondary):
        part = min(left, _refundable(charge))
        if part > 0:
            left -= part
            booked: Json = {
                "id": new_id(),
                "createdTime": world.stamp(),
                "amount": part,
                "state": state,
            }
            charge.setdefault("refunds", []).append(booked)
            charge["refunded"] = True
            parts.append((charge, booked))
    return parts


def _refundable(charge: Json) -> Decimal:
    captured = [one["amount"] for one in charge.get("captures", []) if one["state"] == "complete"]
    refunded = [one["amount"] for one in charge.get("refunds", []) if one["state"] == "complete"]
    return sum(captured, ZERO) - sum(refunded, ZERO)


def _charge_part(charge: Json, part: Json) -> Json:
    shown = {name: part[name] for name in ("createdTime", "amount", "state")}
    kept = {name: charge[name] for name in ("id", "captured", "refunded", "sourceId")}
    return {**kept, "refunds": [shown]}


def _count(order: Order, refund: Json) -> None:
    amount = refund["amount"]
    refund["refundedAmount"] = amount
    order.doc["refundedAmount"] = order.doc.get("refundedAmount", ZERO) + amount
    order.doc["availableToRefundAmount"] -= amount
    by_line = {item["itemId"]: item["amount"] for item in refund["items"]}
    for item in refund["items"]:
        item["refundedAmount"] = item["amount"]
    for line in order.lines:
        open_amount = line.doc["availableToRefundAmount"]
        taken = by_line.get(line.id, ZERO if by_line else amount)
        taken = min(open_amount, taken)
        line.doc["availableToRefundAmount"] = open_amount - taken
        amount -= ZERO if by_line else taken


def _close(world: World, order: Order) -> None:
    settled = not any(open_amount(charge) for charge in order.charges)
    everything = settled and order.doc["availableToRefundAmount"] == 0
    if everything and order.state in ("complete", "fulfilled"):
        enter(world, order, "returned")
    announce(world, order, "order.refunded")
    issue_credit_memo(world, order)
