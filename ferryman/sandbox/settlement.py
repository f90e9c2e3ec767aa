"""What follows a fulfillment: captures and cancels, then the order's end (Payment charges)."""

from datetime import timedelta
from decimal import Decimal

from .charges import Movement, finish, move, settle_charge, tell, total_of
from .invoices import issue_invoice
from .money import ZERO
from .transitions import announce, enter, enter_line, touch
from .wire import Json
from .world import Order, World

_ENDED = ("complete", "cancelled", "returned")


def settle_fulfillment(
    world: World, order: Order, fulfillment_id: str, capture: Decimal, cancel: Decimal
) -> None:
    """Start the captures and cancels of a fulfillment, and move the lines and the order."""
    captures = move(world, order, "captures", capture, fulfillment_id)
    cancels = move(world, order, "cancels", cancel, fulfillment_id)
    if not order.charges:
        order.unauthorized_cancel += cancel
    for kind, movements in (("capture", captures), ("cancel", cancels)):
        for charge, _ in movements:
            tell(world, order, charge, f"order.charge.{kind}.pending")
        for movement in movements:
            _finish_later(world, order, movement, kind)
    _move_lines(world, order)
    count_money(order)
    touch(world, order)
    _move_order(world, order)


def count_money(order: Order) -> None:
    """Recount what was captured, pending ones included, and cancelled."""
    order.doc["capturedAmount"] = total_of(order, "captures")
    order.doc["cancelledAmount"] = total_of(order, "cancels") + order.unauthorized_cancel


def _finish_later(world: World, order: Order, movement: Movement, kind: str) -> None:
    trigger = _trigger(order, movement[0])
    fails = {"capture": ("CaptureFail", "CaptureFailAfterPending"), "cancel": ("CancelFail",)}
    if kind == "capture" and trigger == "CaptureRemainPending":
        return
    failed = trigger in fails[kind]
    delay = world.variant(order.upstream_id).capture_delay
    if trigger == "CaptureFail" and kind == "capture":
        delay = timedelta()
    world.clock.after(delay, lambda: _finish(world, order, movement, kind, failed=failed))


def _finish(world: World, order: Order, movement: Movement, kind: str, *, failed: bool) -> None:
    finish(world, order, movement, failed=failed, kind=kind)
    count_money(order)
    if kind == "capture" and not failed:
        _free_for_refund(order, movement[1]["amount"])
    retry = world.variant(order.upstream_id).capture_retry
    if kind == "capture" and failed and retry is not None:
        world.clock.after(retry, lambda: _capture_again(world, order, movement))
    touch(world, order)
    _move_order(world, order)


def _capture_again(world: World, order: Order, movement: Movement) -> None:
    """Capture at last what had failed: Digital River itself tries again for up to 30 days."""
    charge, part = movement
    for name in ("failureCode", "failureMessage"):
        part.pop(name)
    part["state"] = "pending"
    settle_charge(charge)
    _finish(world, order, movement, "capture", failed=False)


def _trigger(order: Order, charge: Json) -> str:
    return next(one.trigger for one in order.sources if one.id == charge["sourceId"])


def _free_for_refund(order: Order, amount: Decimal) -> None:
    order.doc["availableToRefundAmount"] += amount
    for line in order.lines:
        goods = line.totals["amount"] + line.totals["tax"]
        left = line.parts["amount"] + line.parts["tax"]
        cancelled = goods * line.cancelled / line.quantity
        line.doc["availableToRefundAmount"] = max(ZERO, goods - left - cancelled)


def _move_lines(world: World, order: Order) -> None:
    for line in order.lines:
        if line.open == 0:
            enter_line(world, line.doc, "fulfilled" if line.fulfilled else "cancelled")


def _move_order(world: World, order: Order) -> None:
    if any(line.open for line in order.lines) or order.state in _ENDED:
        return
    if not any(line.fulfilled for line in order.lines):
        if all(charge["state"] in ("cancelled", "failed") for charge in order.charges):
            _cancel(world, order)
        return
    if order.state == "accepted":
        enter(world, order, "fulfilled")
        announce(world, order, "order.fulfilled")
    captured = all(
        charge["state"] in ("complete", "cancelled", "failed") for charge in order.charges
    )
    if order.state == "fulfilled" and captured:
        enter(world, order, "complete")
        order.doc.pop("fraudState", None)  # as published: complete orders have none
        announce(world, order, "order.complete")
        delay = world.variant(order.upstream_id).settle_delay
        world.clock.after(delay, lambda: issue_invoice(world, order))


def _cancel(world: World, order: Order) -> None:
    if order.state == "pending_payment":
        order.session.state = "cancelled"
        for source in order.sources:
            source.doc["state"] = "cancelled"
    enter(world, order, "cancelled")
    announce(world, order, "order.cancelled")
