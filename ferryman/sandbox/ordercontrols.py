"""What the world outside does to an order: the shopper, the bank, the reviewer."""

from collections.abc import Callable
from decimal import Decimal

from .chargebacks import KINDS, charge_back
from .errors import conflict, invalid, refuse
from .outcome import abandon, pay
from .settlement import move_order
from .transitions import (
    announce,
    charge_failed,
    close_review,
    dispute,
    end_unpaid,
    resolve_dispute,
)
from .wire import Json
from .world import Order, World

Action = Callable[[World, Order, Json], None]


def find_target(world: World, name: str) -> Order:
    """Find an order by its id, or by `upstream:<upstreamId>`: that purchase's newest."""
    upstream_id = name.removeprefix("upstream:")
    if upstream_id == name:
        found = [order for order in world.orders.values() if order.id == name]
    else:
        found = [order for order in world.orders.values() if order.upstream_id == upstream_id]
    if not found:
        raise refuse(404, "not_found", f"There is no order '{name}'.")
    return found[-1]


def _pay(world: World, order: Order, body: Json) -> None:
    late = order.state == "cancelled" and body.get("force", False)
    if order.state != "pending_payment" and not late:
        raise conflict("order_not_pending", f"Order '{order.id}' is {order.state}.")
    if late:
        _revive(order)
    pay(world, order, review=body.get("then") == "review")


def _revive(order: Order) -> None:
    """Open a cancelled order again: money that came late has been seen to do that."""
    order.charges.clear()
    for line in order.lines:
        line.doc["state"] = "created"
        line.fulfilled = line.cancelled = 0
        line.parts = dict(line.totals)
    order.unauthorized_cancel *= 0
    for source in order.sources:
        source.doc["state"] = "chargeable"


def _abandon(world: World, order: Order, _: Json) -> None:
    if order.state != "pending_payment":
        raise conflict("order_not_pending", f"Order '{order.id}' is {order.state}.")
    abandon(world, order)


def _expire(world: World, order: Order, _: Json) -> None:
    if order.state != "pending_payment":
        raise conflict("order_not_pending", f"Order '{order.id}' is {order.state}.")
    end_unpaid(world, order)


def _review(world: World, order: Order, body: Json) -> None:
    decision = body.get("decision")
    if decision not in ("pass", "block"):
        raise invalid("decision", "A decision is pass or block.")
    close_review(world, order, block=decision == "block")


def _charge_fails(world: World, order: Order, body: Json) -> None:
    if order.state not in ("pending_payment", "in_review"):
        raise conflict("order_not_pending", f"Order '{order.id}' is {order.state}.")
    charge_failed(
        world,
        order,
        body.get("failureCode", "failed-request"),
        body.get("failureMessage", "Failed to charge source."),
    )
    if world.variant(order.upstream_id).unpaid == "charge_failed_then_cancelled":
        announce(world, order, "order.cancelled")


def _dispute(world: World, order: Order, _: Json) -> None:
    dispute(world, order)


def _resolve(world: World, order: Order, _: Json) -> None:
    resolve_dispute(world, order)
    if world.variant(order.upstream_id).dispute_resolved == "former":
        move_order(world, order)  # what the bank finished meanwhile counts now


def _charge_back(world: World, order: Order, body: Json) -> None:
    amount, kind = body.get("amount"), body.get("type", KINDS[0])
    if kind not in KINDS:
        raise invalid("type", f"A type is one of {', '.join(KINDS)}.")
    charge_back(world, order, None if amount is None else Decimal(amount), kind)
    move_order(world, order)


ACTIONS: dict[str, Action] = {
    "pay": _pay,
    "abandon": _abandon,
    "expire": _expire,
    "review": _review,
    "charge-fails": _charge_fails,
    "dispute": _dispute,
    "resolve": _resolve,
    "chargeback": _charge_back,
}
