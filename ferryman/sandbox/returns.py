"""Returns: authorised, accepted in whole or by item, refunded (Third party coordinated returns)."""

from .calls import Answer, Call
from .checkouts import merge_metadata
from .errors import conflict, invalid, missing, not_found, refuse
from .events import emit
from .lists import page
from .money import ZERO, rounded
from .orders import find_order
from .refundable import of_line
from .refunds import Wish, issue_refund
from .wire import Json, new_id, present, words
from .world import Line, Order, World

FILTERS = tuple(words("createdTime ids state orderId skuId"))


def create_return(world: World, call: Call) -> Answer:
    """Authorise a return of what was shipped and not sent back yet."""
    body = call.body
    order = find_order(world, body["orderId"])
    _check_dispute(order)
    if not body["items"]:
        raise missing("items")
    items: list[Json] = []
    for index, item in enumerate(body["items"]):
        items.append(_item(world, order, items, item, index))
    document: Json = present(
        id=new_id("ret_"),
        createdTime=world.stamp(),
        currency=order.currency,
        items=items,
        orderId=order.id,
        **{name: body.get(name) for name in ("reason", "location", "metadata")},
        state="created",
        liveMode=False,
    )
    world.returns[document["id"]] = document
    emit(world, "return.created", document, order.upstream_id)
    return Answer(201, document)


def get_return(world: World, call: Call) -> Answer:
    """Give one return."""
    return Answer(200, _find(world, call.id))


def list_returns(world: World, call: Call) -> Answer:
    """List returns, newest first."""
    return page(call, reversed(world.returns.values()), FILTERS)


def update_return(world: World, call: Call) -> Answer:
    """Accept what has come back, in whole or by item; the refund is made when all is accepted."""
    document, body = _find(world, call.id), call.body
    order = world.orders[document["orderId"]]
    accepts = "state" in body or "items" in body
    if accepts:
        _check_dispute(order)
        if document["state"] == "accepted":
            message = f"Return '{document['id']}' is accepted."
            raise refuse(409, "invalid_state", message, "state")
    _check_accepted(document, body.get("items", []))
    if "metadata" in body:
        document["metadata"] = merge_metadata(document.get("metadata"), body["metadata"])
    if "location" in body:
        document["location"] = body["location"]
    for item in body.get("items", []):
        kept = _kept(document, item)
        _accept(kept, kept["quantityAccepted"] + item["quantity"])
    for kept in document["items"] if "state" in body else []:
        _accept(kept, kept["quantity"])
    if any(kept["state"] != "accepted" for kept in document["items"]) or not accepts:
        emit(world, "return.updated", document, order.upstream_id)
    else:
        _finish(world, order, document, one_refund="state" in body)
    return Answer(200, document)


def _finish(world: World, order: Order, document: Json, *, one_refund: bool) -> None:
    """Accept the whole return; what was accepted by item is refunded by item, as published."""
    document["state"] = "accepted"
    for item in document["items"]:
        _line(order, item, 0).returned += item["quantity"]
    groups = [document["items"]] if one_refund else [[item] for item in document["items"]]
    wishes = [wish for wish in (_wish(order, group) for group in groups) if wish.items]
    reason = {name: document[name] for name in ("reason",) if name in document}
    refunds = [issue_refund(world, order, wish, reason)["id"] for wish in wishes]
    if refunds:
        document["refundIds"] = refunds
    emit(world, "return.accepted", document, order.upstream_id)


def _wish(order: Order, items: list[Json]) -> Wish:
    """Write what a return gives back: no more than earlier refunds have left of each line."""
    wish = Wish()
    for item in items:
        line = _line(order, item, 0)
        left = line.doc["availableToRefundAmount"] - wish.lines.get(line.id, ZERO)
        amount = min(item["amount"], left)
        if amount > 0:
            wish.lines[line.id] = wish.lines.get(line.id, ZERO) + amount
            wish.amount += amount
            wish.items.append(
                present(
                    itemId=line.id,
                    skuId=item.get("skuId"),
                    quantity=item["quantity"],
                    amount=amount,
                    refundedAmount=ZERO,
                )
            )
    return wish


def _item(world: World, order: Order, before: list[Json], item: Json, index: int) -> Json:
    line = _line(order, item, index)
    held = [
        one["quantity"]
        for items in (before, *_open_items(world, order))
        for one in items
        if one["itemId"] == line.id
    ]
    open_quantity = line.fulfilled - line.returned - sum(held)
    if not 0 < item["quantity"] <= open_quantity:
        raise _too_large(index)
    goods = of_line(order, line, "goods") * item["quantity"] / line.fulfilled
    return present(
        itemId=line.id,
        skuId=line.doc.get("skuId"),
        amount=rounded(goods, order.currency),
        quantity=item["quantity"],
        quantityAccepted=0,
        state="created",
    )


def _open_items(world: World, order: Order) -> list[list[Json]]:
    return [
        one["items"]
        for one in world.returns.values()
        if one["orderId"] == order.id and one["state"] == "created"
    ]


def _check_accepted(document: Json, items: list[Json]) -> None:
    for index, item in enumerate(items):
        kept = _kept(document, item)
        if not 0 < item["quantity"] <= kept["quantity"] - kept["quantityAccepted"]:
            raise _too_large(index)


def _accept(kept: Json, quantity: int) -> None:
    kept["quantityAccepted"] = quantity
    if quantity == kept["quantity"]:
        kept["state"] = "accepted"


def _kept(document: Json, item: Json) -> Json:
    for kept in document["items"]:
        if item.get("itemId", kept["itemId"]) == kept["itemId"] and (
            "itemId" in item or item.get("skuId") == kept.get("skuId")
        ):
            found: Json = kept
            return found
    raise invalid("items", f"'{item.get('itemId', item.get('skuId'))}' is not a valid item.")


def _line(order: Order, item: Json, index: int) -> Line:
    for line in order.lines:
        by_id = "itemId" in item and item["itemId"] == line.id
        by_sku = "itemId" not in item and item.get("skuId") == line.doc.get("skuId") is not None
        if by_id or by_sku:
            return line
    wrong = item.get("itemId", item.get("skuId"))
    raise invalid(f"items[{index}].itemId", f"'{wrong}' is not a valid itemId.")


def _check_dispute(order: Order) -> None:
    if order.state == "dispute":
        message = "A return cannot be performed while there is a dispute on the order."
        raise invalid("order", message, status=409)


def _too_large(index: int) -> Exception:
    message = "Return quantity is larger than order quantity"
    return conflict("quantity_too_large", message, f"items[{index}].qty")


def _find(world: World, identity: str) -> Json:
    document = world.returns.get(identity)
    if document is None:
        raise not_found("id", f"Return '{identity}' not found.")
    return document
