"""What follows a fulfillment: captures and cancels, then the order's end (Payment charges)."""

from datetime import timedelta

from .charges import Movement, finish, move, settle_charge, tell, total_of
from .money import ZERO
from .transitions import announce, enter, enter_line, touch
from .wire import Json
from .world import Order, World

_ENDED = ("complete", "cancelled", "returned")
_FAILS = {"capture": ("CaptureFail", "CaptureFailAfterPending"), "cancel": ("CancelFail",)}


def settle_fulfillment(world: World, order: Order, fulfillment_id: str) -> None:
    """Start the captures and cancels of a fulfillment, and move the lines and the order."""
    resolved = order.resolved[fulfillment_id]
    captures = move(world, order, "captures", resolved.capture, fulfillment_id)
    cancels = move(world, order, "cancels", resolved.cancel, fulfillment_id)
    if not order.charges:
        order.unauthorized_cancel += resolved.cancel
    for kind, movements in (("capture", captures), ("cancel", cancels)):
        for charge, _ in movements:
            tell(world, order, charge, f"order.charge.{kind}.pending")
        for movement in movements:
            _end_later(world, order, movement, kind)
    _move_lines(world, order)
    count_money(order)
    touch(world, order)
    move_order(world, order)


def count_money(order: Order) -> None:
    """Recount what was captured, pending ones included, and cancelled."""
    order.doc["capturedAmount"] = total_of(order, "captures")
    order.doc["cancelledAmount"] = total_of(order, "cancels") + order.unauthorized_cancel


def _end_later(world: World, order: Order, movement: Movement, kind: str) -> None:
    trigger = _trigger(order, movement[0])
    delay = world.variant(order.upstream_id).capture_delay
    if kind == "capture" and trigger == "CaptureRemainPending":
        return
    if kind == "capture" and trigger == "CaptureFail":
        delay = timedelta()
    world.clock.after(delay, "end_movement", order.id, movement[1]["id"])


def end_movement(world: World, order: Order, part_id: str) -> None:
    """End a pending capture or cancel: done, or failed where the source says so."""
    for kind, movement in _movements(order):
        if movement[1]["id"] == part_id:
            failed = _trigger(order, movement[0]) in _FAILS[kind]
            _finish(world, order, movement, kind, failed=failed)


def capture_again(world: World, order: Order, part_id: str) -> None:
    """Capture at last what had failed: Digital River itself tries again for up to 30 days."""
    for kind, (charge, part) in _movements(order):
        if part["id"] == part_id:
            for name in ("failureCode", "failureMessage"):
                part.pop(name)
            part["state"] = "pending"
            settle_charge(charge)
            _finish(world, order, (charge, part), kind, failed=False)


def _movements(order: Order) -> list[tuple[str, Movement]]:
    return [
        (kind, (charge, part))
        for charge in order.charges
        for kind in ("capture", "cancel")
        for part in charge.get(f"{kind}s", [])
    ]


def _finish(world: World, order: Order, movement: Movement, kind: str, *, failed: bool) -> None:
    finish(world, order, movement, failed=failed, kind=kind)
    count_money(order)
    if kind == "capture" and not failed:
        _free_for_refund(order, movement[1])
    retry = world.variant(order.upstream_id).capture_retry
    if kind == "capture" and failed and retry is not None:
        world.clock.after(retry, "capture_again", order.id, movement[1]["id"])
    touch(world, order)
    move_order(world, order)


def _trigger(order: Order, charge: Json) -> str:
    return next(one.trigger for one in order.sources if one.id == charge["sourceId"])


def _free_for_refund(order: Order, capture: Json) -> None:
    order.doc["availableToRefundAmount"] += capture["amount"]
    goods = order.resolved[capture["fulfillmentId"]].goods
    for line in order.lines:
        line.doc["availableToRefundAmount"] += goods.pop(line.id, ZERO)


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
        world.clock.after(delay, "issue_invoice", order.id)


def _cancel(world: World, order: Order) -> None:
    if order.state == "pending_payment":
        order.session.state = "cancelled"
        for source in order.sources:
            source.doc["state"] = "cancelled"
    enter(world, order, "cancelled")
    announce(world, order, "order.cancelled")
