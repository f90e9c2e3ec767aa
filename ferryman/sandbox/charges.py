"""Charges: the money of an order, authorised once, then captured and cancelled in parts."""

from collections.abc import Callable
from decimal import Decimal

from .calls import Answer, Call
from .errors import not_found
from .events import emit
from .money import ZERO
from .sessions import contributions
from .wire import Json, new_id, present
from .world import Order, World

Movement = tuple[Json, Json]
"""A charge and one capture or cancel of it."""


def get_charge(world: World, call: Call) -> Answer:
    """Give one charge, which tells why it failed."""
    order = world.charges.get(call.id)
    for charge in order.charges if order else []:
        if order is not None and charge["id"] == call.id:
            return Answer(200, describe_charge(order, charge))
    raise not_found("id", f"Charge '{call.id}' not found.")


def describe_charge(order: Order, charge: Json) -> Json:
    """Write a charge as it stands alone; inside its order it carries less."""
    return {
        **charge,
        "orderId": order.id,
        "paymentSessionId": order.session.id,
        "liveMode": False,
    }


def authorize(world: World, order: Order, state: str = "capturable", **failure: str) -> None:
    """Book one charge for each source that contributes."""
    paid = contributions(order.sources, order.total)
    for source, amount in zip(order.sources, paid, strict=True):
        charge: Json = {
            "id": new_id(),
            "createdTime": world.stamp(),
            "currency": order.currency,
            "amount": amount,
            "state": state,
            "captured": False,
            "refunded": False,
            "sourceId": source.id,
            "type": order.charge_type,
            **failure,
        }
        order.charges.append(charge)
        world.charges[charge["id"]] = order
        if not source.doc["reusable"]:
            source.doc["state"] = "consumed" if state != "failed" else "failed"


def move(
    world: World, order: Order, name: str, amount: Decimal, fulfillment_id: str | None
) -> list[Movement]:
    """Book pending captures or cancels over the order's charges.

    Secondary sources are captured first and cancelled last (Mixed payments).
    """
    secondary = {source.id for source in order.sources if source.secondary}
    first_secondary = name == "captures"
    charges = sorted(
        (charge for charge in order.charges if charge["state"] != "failed"),
        key=lambda charge: (charge["sourceId"] in secondary) != first_secondary,
    )
    booked = []
    for charge in charges:
        part = min(amount, open_amount(charge))
        if part > 0:
            booked.append((charge, _movement(world, charge, name, part, fulfillment_id)))
            amount -= part
    for charge, _ in booked:
        settle_charge(charge)
    return booked


def open_amount(charge: Json) -> Decimal:
    """Give what of a charge is neither captured nor cancelled, failed attempts left out."""
    taken: Decimal = charge["amount"]
    for name in ("captures", "cancels"):
        taken -= sum((one["amount"] for one in charge.get(name, []) if not _failed(one)), ZERO)
    return taken


def settle_charge(charge: Json) -> None:
    """Set a charge's state from its captures and cancels (Payment charges)."""
    if charge["state"] == "failed":
        return
    captures, cancels = charge.get("captures", []), charge.get("cancels", [])
    pending = any(one["state"].startswith("pending") for one in [*captures, *cancels])
    failed = any(_failed(one) for one in captures) and open_amount(charge) > 0
    charge["captured"] = bool(captures)
    if open_amount(charge) > 0 or failed:
        charge["state"] = "capturable"
    elif pending:
        charge["state"] = "processing"
    else:
        done = any(one["state"] == "complete" for one in captures)
        charge["state"] = "complete" if done else "cancelled"


def finish(world: World, order: Order, movement: Movement, *, failed: bool, kind: str) -> None:
    """End a pending capture or cancel and tell of it."""
    charge, part = movement
    part["state"] = "failed" if failed else "complete"
    if failed:
        part["failureCode"] = "failed-request"
        part["failureMessage"] = "Failed to operate on charge"
    settle_charge(charge)
    tell(world, order, charge, f"order.charge.{kind}.{part['state']}")
    if charge["state"] in ("complete", "cancelled"):
        tell(world, order, charge, f"order.charge.{charge['state']}")


def tell(world: World, order: Order, charge: Json, kind: str) -> None:
    """Emit an event about a charge; only the charge itself says in words why a part failed."""
    document = describe_charge(order, charge)
    for name in ("captures", "cancels"):
        if name in document:
            document[name] = [
                {key: value for key, value in part.items() if key != "failureMessage"}
                for part in document[name]
            ]
    emit(world, kind, document, order.upstream_id)


def total_of(order: Order, name: str, counts: Callable[[Json], bool] | None = None) -> Decimal:
    """Add up an order's captures or cancels, failed ones left out."""
    parts = [one for charge in order.charges for one in charge.get(name, [])]
    chosen = [one for one in parts if not _failed(one) and (counts is None or counts(one))]
    return sum((one["amount"] for one in chosen), ZERO)


def _failed(part: Json) -> bool:
    return bool(part["state"] == "failed")


def _movement(
    world: World, charge: Json, name: str, amount: Decimal, fulfillment_id: str | None
) -> Json:
    part = present(
        id=new_id(),
        createdTime=world.stamp(),
        amount=amount,
        state="pending",
        fulfillmentId=fulfillment_id if name == "captures" else None,
    )
    charge.setdefault(name, []).append(part)
    return part
