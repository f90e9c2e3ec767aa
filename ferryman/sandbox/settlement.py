"""What follows a fulfillment: captures and cancels, then the order's end (Payment charges)."""

import functools
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal

from .charges import Movement, finish, move, settle_charge, tell, total_of
from .invoices import issue_invoice
from .money import ZERO
from .transitions import announce, enter, enter_line, touch
from .wire import Json
from .world import Line, Order, World

_ENDED = ("complete", "cancelled", "returned")


@dataclass
class Resolved:
    """What one fulfillment resolved: amounts to capture and cancel, and each line's goods."""

    fulfillment_id: str
    capture: Decimal = ZERO
    cancel: Decimal = ZERO
    goods: list[tuple[Line, Decimal]] = field(default_factory=list)
    """By line, the captured amount with its tax: what can be refunded line by line later."""


def settle_fulfillment(world: World, order: Order, resolved: Resolved) -> None:
    """Start the captures and cancels of a fulfillment, and move the lines and the order."""
    captures = move(world, order, "captures", resolved.capture, resolved.fulfillment_id)
    cancels = move(world, order, "cancels", resolved.cancel, resolved.fulfillment_id)
    if not order.charges:
        order.unauthorized_cancel += resolved.cancel
    for kind, movements in (("capture", captures), ("cancel", cancels)):
        for charge, _ in movements:
            tell(world, order, charge, f"order.charge.{kind}.pending")
        for movement in movements:
            _finish_later(world, order, resolved, movement, kind)
    _move_lines(world, order)
    count_money(order)
    touch(world, order)
    move_order(world, order)


def count_money(order: Order) -> None:
    """Recount what was captured, pending ones included, and cancelled."""
    order.doc["capturedAmount"] = total_of(order, "captures")
    order.doc["cancelledAmount"] = total_of(order, "cancels") + order.unauthorized_cancel


def _finish_later(
    world: World, order: Order, resolved: Resolved, movement: Movement, kind: str
) -> None:
    trigger = _trigger(order, movement[0])
    fails = {"capture": ("CaptureFail", "CaptureFailAfterPending"), "cancel": ("CancelFail",)}
    if kind == "capture" and trigger == "CaptureRemainPending":
        return
    failed = trigger in fails[kind]
    delay = world.variant(order.upstream_id).capture_delay
    if trigger == "CaptureFail" and kind == "capture":
        delay = timedelta()
    end = functools.partial(_finish, world, order, resolved, movement, kind, failed=failed)
    world.clock.after(delay, end)


def _finish(
    world: World, order: Order, resolved: Resolved, movement: Movement, kind: str, *, failed: bool
) -> None:
    finish(world, order, movement, failed=failed, kind=kind)
    count_money(order)
    if kind == "capture" and not failed:
        _free_for_refund(order, resolved, movement[1]["amount"])
    retry = world.variant(order.upstream_id).capture_retry
    if kind == "capture" and failed and retry is not None:
        again = functools.partial(_capture_again, world, order, resolved, movement)
        world.clock.after(retry, again)
    touch(world, order)
    move_order(world, order)


def _capture_again(world: World, order: Order, resolved: Resolved, movement: Movement) -> None:
    """Capture at last what had failed: Digital River itself tries again for up to 30 days."""
    charge, part = movement
    for name in ("failureCode", "failureMessage"):
        part.pop(name)
    part["state"] = "pending"
    settle_charge(charge)
    _finish(world, order, resolved, movement, "capture", failed=False)


def _trigger(order: Order, charge: Json) -> str:
    return next(one.trigger for one in order.sources if one.id == charge["sourceId"])


def _free_for_refund(order: Order, resolved: Resolved, amount: Decimal) -> None:
    order.doc["availableToRefundAmount"] += amount
    while resolved.goods:
        line, goods = resolved.goods.pop()
        line.doc["availableToRefundAmount"] += goods


def _move_lines(world: World, order: Order) -> None:
    for line in order.lines:
        if line.open == 0:
            enter_line(world, line.doc, "fulfilled" if line.fulfilled else "cancelled")


def move_order(world: World, order: Order) -> None:
    """Take an order whose quantities are resolved to its end, as far as its money is."""
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
