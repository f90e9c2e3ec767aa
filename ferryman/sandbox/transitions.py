"""How an order moves from state to state, and what is told of it (The order lifecycle)."""

from .charges import authorize, finish, move, tell, total_of
from .errors import conflict
from .events import emit
from .orderview import describe_order
from .wire import Json
from .world import Order, World

LATE = ("cancelled", "blocked")


def enter(world: World, order: Order, state: str) -> None:
    """Enter a state, with its time; the lines follow a cancellation or a block."""
    order.doc["state"] = state
    order.doc.setdefault("stateTransitions", {})[state] = touch(world, order)
    if state in LATE:
        for line in order.lines:
            enter_line(world, line.doc, state)


def enter_line(world: World, line: Json, state: str) -> None:
    """Move a line to a state, with its time."""
    if line["state"] != state:
        line["state"] = state
        line["stateTransitions"][state] = world.stamp()


def touch(world: World, order: Order) -> str:
    """Set the order's time of change to now, and give it."""
    now: str = world.stamp()
    order.doc["updatedTime"] = now
    return now


def enter_fraud(world: World, order: Order, state: str) -> None:
    """Enter a fraud state, with its time."""
    order.doc["fraudState"] = state
    order.doc.setdefault("fraudStateTransitions", {})[state] = world.stamp()


def announce(world: World, order: Order, kind: str) -> None:
    """Emit an event that carries the order."""
    emit(world, kind, describe_order(order), order.upstream_id)


def money_came(world: World, order: Order, *, review: bool) -> None:
    """Authorise the charges and accept the order, or put it under review first."""
    authorize(world, order)
    order.session.state = "complete"
    if review:
        open_review(world, order)
    else:
        accept(world, order)


def accept(world: World, order: Order) -> None:
    """Accept an order: from now on it can be fulfilled."""
    enter_fraud(world, order, "passed")
    enter(world, order, "accepted")
    announce(world, order, "order.accepted")
    if order.unauthorized_cancel:
        pending, order.unauthorized_cancel = (
            order.unauthorized_cancel,
            order.unauthorized_cancel * 0,
        )
        for movement in move(world, order, "cancels", pending, None):
            tell(world, order, movement[0], "order.charge.cancel.pending")
            finish(world, order, movement, failed=False, kind="cancel")
        order.doc["cancelledAmount"] = total_of(order, "cancels")


def open_review(world: World, order: Order) -> None:
    """Put an order under review; it is decided later, by a control or by itself."""
    enter_fraud(world, order, "review_opened")
    enter(world, order, "in_review")
    announce(world, order, "order.review_opened")
    delay = world.variant(order.upstream_id).review_delay
    if delay is not None:
        world.clock.after(delay, "pass_review", order.id)


def pass_review(world: World, order: Order) -> None:
    """Let a review pass that nobody has decided."""
    if order.state == "in_review":
        close_review(world, order)


def close_review(world: World, order: Order, *, block: bool = False) -> None:
    """Decide a review; raises the 409 Refusal where none is open."""
    if order.state != "in_review":
        raise conflict("order_not_in_review", f"Order '{order.id}' is {order.state}.")
    announce(world, order, "order.review_closed")
    if not block:
        accept(world, order)
        return
    for movement in move(world, order, "cancels", order.total, None):
        movement[1]["state"] = "complete"
        movement[0]["state"] = "cancelled"
        tell(world, order, movement[0], "order.charge.cancel.complete")
    enter_fraud(world, order, "blocked")
    enter(world, order, "blocked")
    announce(world, order, "order.blocked")


def end_unpaid(world: World, order: Order) -> None:
    """Close the payment window of an order that nobody has paid, as the `unpaid` variant says."""
    variant = world.variant(order.upstream_id).unpaid
    if order.state != "pending_payment" or variant == "silent":
        return
    if variant == "cancelled":
        _cancel_unpaid(world, order)
    elif variant == "charge_failed":
        charge_failed(world, order)
    elif variant == "charge_failed_then_cancelled":
        _fail_charges(world, order, "failed-request", "Failed to charge source.")
        _announce_failure(world, order)
        _cancel_unpaid(world, order)
    else:
        _cancel_unpaid(world, order)
        charge_failed(world, order)


def charge_failed(
    world: World,
    order: Order,
    code: str = "failed-request",
    message: str = "Failed to charge source.",
) -> None:
    """Fail the authorisation of an order after it was created (The order lifecycle).

    The order is cancelled with it, or stays as it is under another variant.
    """
    _fail_charges(world, order, code, message)
    if world.variant(order.upstream_id).charge_failed_state == "cancelled":
        if order.state != "cancelled":
            enter(world, order, "cancelled")
    else:
        touch(world, order)
    _announce_failure(world, order)


def _announce_failure(world: World, order: Order) -> None:
    if world.variant(order.upstream_id).charge_failed_object == "order":
        announce(world, order, "order.charge.failed")
    else:
        for charge in order.charges:
            tell(world, order, charge, "order.charge.failed")


def _fail_charges(world: World, order: Order, code: str, message: str) -> None:
    for charge in order.charges:
        charge.update(state="failed", failureCode=code, failureMessage=message)
    if not order.charges:
        authorize(world, order, "failed", failureCode=code, failureMessage=message)
    order.session.state = "failed"


def dispute(world: World, order: Order) -> None:
    """Open a bank dispute; raises the 409 Refusal where nothing was captured."""
    if order.state == "dispute" or not total_of(order, "captures"):
        raise conflict("order_not_captured", f"Order '{order.id}' is {order.state}.")
    order.before_dispute = order.state
    enter_fraud(world, order, "review_opened")
    enter(world, order, "dispute")
    announce(world, order, "order.dispute")


def resolve_dispute(world: World, order: Order) -> None:
    """Close a dispute: the order goes back to the state before it."""
    if order.before_dispute is None:
        raise conflict("order_not_in_dispute", f"Order '{order.id}' is {order.state}.")
    former = order.before_dispute
    order.before_dispute = None
    if world.variant(order.upstream_id).dispute_resolved == "accepted":
        former = "accepted"
    order.doc["state"] = former
    order.doc["fraudState"] = "passed"
    if former == "complete":
        order.doc.pop("fraudState")
    touch(world, order)
    announce(world, order, "order.dispute.resolved")


def _cancel_unpaid(world: World, order: Order) -> None:
    order.session.state = "failed"
    for source in order.sources:
        source.doc["state"] = "failed"
    enter_fraud(world, order, "passed")  # as published for an unpaid wire transfer
    enter(world, order, "cancelled")
    announce(world, order, "order.cancelled")
