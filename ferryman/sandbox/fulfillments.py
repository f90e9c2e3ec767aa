"""Fulfillments: what was shipped is captured, what was cancelled is given back."""

from datetime import timedelta
from decimal import Decimal

from .calls import Answer, Call
from .errors import Refusal, conflict, invalid, missing, not_found
from .events import emit
from .lists import page
from .money import ZERO, rounded
from .orders import find_order
from .orderview import describe_details
from .transitions import announce
from .wire import Json, instant, new_id, present, words
from .world import Line, Order, Resolved, World

FILTERS = tuple(words("createdTime ids orderId skuId trackingCompany trackingNumber"))
_TRACKING = ("trackingCompany", "trackingNumber", "trackingUrl")
_AUTHORIZED = timedelta(days=7)
_ALREADY = {"complete": "order_complete", "cancelled": "order_cancelled"}
_PENDING = ("pending_payment", "in_review")


def create_fulfillment(world: World, call: Call) -> Answer:
    """Take shipped and cancelled quantities; captures and cancels follow on their own.

    One bad line refuses the whole call (Informing Digital River of a fulfillment).
    """
    body = call.body
    order = find_order(world, body["orderId"])
    wanted = _wanted(order, body["items"])
    _check_state(world, order, wanted)
    _check_quantities(wanted)
    if any(quantity for _, quantity, _ in wanted):
        _check_authorization(world, order)
    identity = new_id("ful_")
    document: Json = {
        "id": identity,
        "createdTime": world.stamp(),
        "items": [_item(line, *quantities) for line, *quantities in wanted],
        "orderId": order.id,
        **{name: body[name] for name in ("shipmentId", "metadata", *_TRACKING) if name in body},
        "liveMode": False,
    }
    _lift_tracking(document, body["items"])
    _name_items(document, body["items"])
    details = describe_details(order)
    order.resolved[identity] = _book(wanted, order.currency)
    world.fulfillments[identity] = document
    emit(world, "fulfillment.created", {**document, "orderDetails": details}, order.upstream_id)
    delay = world.variant(order.upstream_id).settle_delay
    world.clock.after(delay, "settle_fulfillment", order.id, identity)
    return Answer(201, document)


def get_fulfillment(world: World, call: Call) -> Answer:
    """Give one fulfillment with its order."""
    document = _find(world, call.id)
    order = find_order(world, document["orderId"])
    return Answer(200, {**document, "orderDetails": describe_details(order)})


def list_fulfillments(world: World, call: Call) -> Answer:
    """List fulfillments, newest first."""
    return page(call, reversed(world.fulfillments.values()), FILTERS)


def update_fulfillment(world: World, call: Call) -> Answer:
    """Add tracking or metadata later."""
    document = _find(world, call.id)
    known = {item["itemId"] for item in document["items"]}
    for item in call.body.get("items", []):
        if item["itemId"] not in known:
            raise invalid("items", f"'{item['itemId']}' is not a valid item.")
    document.update({key: value for key, value in call.body.items() if key != "items"})
    _lift_tracking(document, call.body.get("items", []))
    return Answer(200, document)


def _find(world: World, identity: str) -> Json:
    document = world.fulfillments.get(identity)
    if document is None:
        raise not_found("id", f"Fulfillment '{identity}' not found.")
    return document


def _wanted(order: Order, items: list[Json]) -> list[tuple[Line, int, int]]:
    if not items:
        raise missing("items")
    wanted: dict[str, tuple[Line, int, int]] = {}
    for index, item in enumerate(items):
        line = _line(order, item, index)
        quantity, cancel = item.get("quantity") or 0, item.get("cancelQuantity") or 0
        for name, value in (("quantity", quantity), ("cancelQuantity", cancel)):
            if value < 0:
                raise invalid(f"items[{index}].{name}", f"'{value}' is not a valid {name}.")
        if not quantity and not cancel:
            raise missing(f"items[{index}].quantity")
        _, before, cancelled = wanted.get(line.id, (line, 0, 0))
        wanted[line.id] = (line, before + quantity, cancelled + cancel)
    return list(wanted.values())


def _line(order: Order, item: Json, index: int) -> Line:
    for line in order.lines:
        by_id = "itemId" in item and item["itemId"] == line.id
        by_sku = "itemId" not in item and item.get("skuId") == line.doc.get("skuId") is not None
        if by_id or by_sku:
            return line
    if "itemId" not in item and "skuId" not in item:
        raise missing(f"items[{index}].itemId")
    raise not_found("itemId", f"Item '{item.get('itemId', item.get('skuId'))}' not found.")


def _check_state(world: World, order: Order, wanted: list[tuple[Line, int, int]]) -> None:
    if order.state in _PENDING:
        only_cancels = not any(quantity for _, quantity, _ in wanted)
        allowed = world.variant(order.upstream_id).pending_cancel == "allow"
        if not (only_cancels and allowed):
            raise _not_submitted(order)
    elif order.state in ("blocked", "dispute"):
        raise _not_submitted(order)
    elif order.state == "cancelled" or not any(line.open for line in order.lines):
        code = _ALREADY.get(order.state, "order_fulfilled")
        if not any(line.fulfilled for line in order.lines):
            code = "order_cancelled"
        word = code.removeprefix("order_")
        raise conflict(code, f"Resource '{order.id}' is {word}.", "orderId")


def _not_submitted(order: Order) -> Refusal:
    message = f"Order '{order.id}' has not been submitted."
    return conflict("order_not_submitted", message, "orderId")


def _check_quantities(wanted: list[tuple[Line, int, int]]) -> None:
    for line, quantity, cancel in wanted:
        if line.open == 0:
            word = "fulfilled" if line.fulfilled else "cancelled"
            message = f"Resource '{line.id}'  is already {word}"
            raise conflict(f"item_{word}", message, "itemId")
        if quantity + cancel > line.open:
            message = "Sum of quantity and cancelQuantity may not exceed sku quantity of the order."
            raise conflict("quantity_too_large", message, "quantity")


def _check_authorization(world: World, order: Order) -> None:
    """Refuse where a risk-averse account's authorisation has run out (Payment reauthorizations)."""
    if world.variant(order.upstream_id).authorization == "tolerant" or not order.charges:
        return
    authorized = min(instant(charge["createdTime"]) for charge in order.charges)
    if world.clock.now() - authorized > _AUTHORIZED:
        announce(world, order, "order.charge.reauth.failed")
        error = {
            "code": "payment_authorization_failed",
            "description": (
                "Fulfillment cannot be processed because the payment authorization has expired"
            ),
            "parameter": "orderId",
        }
        raise Refusal(409, {"errors": [error]})


def _item(line: Line, quantity: int, cancel: int) -> Json:
    item: Json = {"quantity": quantity, "cancelQuantity": cancel, "itemId": line.id}
    if line.doc.get("skuId"):
        item["skuId"] = line.doc["skuId"]
    return item


def _lift_tracking(document: Json, items: list[Json]) -> None:
    """Show the tracking given by line on the fulfillment: the answer has no place of its own."""
    for item in items:
        for name in _TRACKING:
            if name in item:
                document.setdefault(name, item[name])


def _name_items(document: Json, items: list[Json]) -> None:
    """Give each item the number it has in the shipment, by which a warehouse can stop it."""
    numbers = {item.get("itemId"): item.get("shipmentItemId") for item in items}
    for item in document["items"]:
        item.update(present(shipmentItemId=numbers.get(item["itemId"])))


def _book(wanted: list[tuple[Line, int, int]], currency: str) -> Resolved:
    resolved = Resolved()
    for line, shipped, cancelled in wanted:
        taken = _take(line, shipped, currency)
        line.fulfilled += shipped
        resolved.capture += sum(taken.values(), ZERO)
        resolved.goods[line.id] = taken["amount"] + taken["tax"]
        resolved.cancel += sum(_take(line, cancelled, currency).values(), ZERO)
        line.cancelled += cancelled
    return resolved


def _take(line: Line, quantity: int, currency: str) -> dict[str, Decimal]:
    """Take a quantity's share of each part of a line; the last unit takes what rounding left."""
    taken = {}
    for name, total in line.totals.items():
        share = rounded(total * quantity / line.quantity, currency)
        taken[name] = line.parts[name] if quantity == line.open else share
        line.parts[name] -= taken[name]
    return taken
