"""How a refund goes on after it was taken: information asked for, money paid back, or failure."""

from decimal import Decimal

from .charges import open_amount, tell
from .errors import conflict
from .events import emit
from .invoices import issue_credit_memo
from .money import ZERO
from .refundable import available, release
from .transitions import announce, enter, enter_line, touch
from .wire import Json, fraction, new_id
from .world import Order, World

_OPEN = ("pending", "pending_information")
_AT_ONCE = "RefundFailWhileCreation"
_FAILS = frozenset(
    ("RefundFail", _AT_ONCE, "RefundFailedAfterPending", "RefundFailAfterPaymentInfo")
)
_FAILED = "Failed to operate on charge"


def begin(world: World, order: Order, refund: Json) -> None:
    """Set a refund going: push methods need the shopper's bank details first."""
    variants = world.variant(order.upstream_id)
    trigger = next((one.trigger for one in order.sources if one.trigger in _FAILS), "")
    pushed = any(source.doc.get("flow") == "receiver" for source in order.sources)
    asks = pushed and trigger != _AT_ONCE
    delay = variants.settle_delay
    if trigger not in ("RefundFail", _AT_ONCE):
        delay += variants.capture_delay
    world.clock.after(delay, "ask_information" if asks else "finish_refund", refund["id"])


def give_information(world: World, refund: Json) -> None:
    """Let the shopper tell the bank account; raises the 409 Refusal where none was asked for."""
    if refund["state"] != "pending_information":
        raise conflict("refund_not_pending", f"Refund '{refund['id']}' is {refund['state']}.")
    finish_refund(world, world.orders[refund["orderId"]], refund)


def fail_refund(world: World, refund: Json, reason: str) -> None:
    """Let the bank refuse a refund; raises the 409 Refusal where it has ended."""
    if refund["state"] not in _OPEN:
        raise conflict("refund_not_pending", f"Refund '{refund['id']}' is {refund['state']}.")
    _fail(world, world.orders[refund["orderId"]], refund, reason)


def finish_refund(world: World, order: Order, refund: Json) -> None:
    """Pay a refund back, or fail where the source says so."""
    if refund["state"] not in _OPEN:
        return
    if any(source.trigger in _FAILS for source in order.sources):
        _fail(world, order, refund, _FAILED)
        return
    amount = order.repayments[refund["id"]].amount
    parts = _settle(world, order, refund, "complete")
    refund.update(state="succeeded", refundedAmount=amount)
    order.doc["refundedAmount"] = order.doc.get("refundedAmount", ZERO) + amount
    for item in refund["items"]:
        item["refundedAmount"] = item["amount"]
    touch(world, order)
    for charge, _ in parts:
        tell(world, order, charge, "order.charge.refund.complete")
    emit(world, "refund.complete", refund, order.upstream_id)
    _close(world, order)


def _fail(world: World, order: Order, refund: Json, reason: str) -> None:
    parts = _settle(world, order, refund, "failed")
    release(order, refund["id"])
    refund.update(state="failed", failureReason=reason)
    touch(world, order)
    if world.variant(order.upstream_id).refund_failed_object == "order":
        announce(world, order, "order.charge.refund.failed")
    else:
        for charge, _ in parts:
            tell(world, order, charge, "order.charge.refund.failed")
    emit(world, "refund.failed", refund, order.upstream_id)


def ask_information(world: World, order: Order, refund: Json) -> None:
    """Ask the shopper for a bank account; the refund expires where none is told in time."""
    if refund["state"] != "pending":
        return
    window = world.variant(order.upstream_id).refund_information_window
    _settle(world, order, refund, "pending_information")
    refund["state"] = "pending_information"
    expires = fraction(world.clock.now() + window)
    refund["tokenInformation"] = {"token": new_id(), "expiresTime": expires}
    touch(world, order)
    emit(world, "refund.pending_information", refund, order.upstream_id)
    world.clock.after(window, "expire_refund", refund["id"])


def expire_refund(world: World, order: Order, refund: Json) -> None:
    """Give up on a refund for which no bank account was told."""
    if refund["state"] == "pending_information":
        _settle(world, order, refund, "failed")
        release(order, refund["id"])
        refund["state"] = "expired"
        touch(world, order)
        emit(world, "refund.failed", refund, order.upstream_id)


def book(world: World, order: Order, refund_id: str, state: str) -> list[tuple[Json, Json]]:
    """Divide a refund over the charges, the primary source's first (Mixed payments)."""
    repayment = order.repayments[refund_id]
    left, parts = repayment.amount, []
    secondary = {source.id for source in order.sources if source.secondary}
    for charge in sorted(order.charges, key=lambda one: one["sourceId"] in secondary):
        amount = min(left, _refundable(charge))
        if amount > 0:
            left -= amount
            part: Json = {"id": new_id(), "createdTime": world.stamp(), "amount": amount}
            part["state"] = state
            charge.setdefault("refunds", []).append(part)
            charge["refunded"] = True
            repayment.parts.append(part["id"])
            parts.append((charge, part))
    return parts


def _settle(world: World, order: Order, refund: Json, state: str) -> list[tuple[Json, Json]]:
    """Move a refund's parts of the charges to a state; they are booked when the first is due."""
    own = order.repayments[refund["id"]].parts
    parts = [
        (charge, part)
        for charge in order.charges
        for part in charge.get("refunds", [])
        if part["id"] in own
    ] or book(world, order, refund["id"], state)
    for _, part in parts:
        part["state"] = state
    refund.pop("tokenInformation", None)
    refund["charges"] = [_charge_part(charge, part) for charge, part in parts]
    return parts


def _refundable(charge: Json) -> Decimal:
    captured = [one["amount"] for one in charge.get("captures", []) if one["state"] == "complete"]
    refunded = [one["amount"] for one in charge.get("refunds", []) if one["state"] != "failed"]
    return sum(captured, ZERO) - sum(refunded, ZERO)


def _charge_part(charge: Json, part: Json) -> Json:
    shown = {name: part[name] for name in ("createdTime", "amount", "state")}
    kept = {name: charge[name] for name in ("id", "captured", "refunded", "sourceId")}
    return {**kept, "refunds": [shown]}


def _close(world: World, order: Order) -> None:
    settled = not any(open_amount(charge) for charge in order.charges)
    waiting = any(
        one["state"] in _OPEN for one in world.refunds.values() if one["orderId"] == order.id
    )
    back = all(line.returned == line.fulfilled for line in order.lines)
    everything = settled and not waiting and (available(order) == 0 or back)
    if everything and order.state in ("complete", "fulfilled"):
        enter(world, order, "returned")
    for line in order.lines:
        if line.returned and line.returned == line.fulfilled and not (waiting or line.open):
            enter_line(world, line.doc, "returned")
    announce(world, order, "order.refunded")
    issue_credit_memo(world, order)
