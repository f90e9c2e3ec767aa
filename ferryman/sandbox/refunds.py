"""Refunds: asked for, pending, then paid back or failed (Issuing refunds)."""

from decimal import Decimal

from .calls import Answer, Call
from .errors import conflict, invalid, missing, not_found
from .events import emit
from .lists import page
from .money import ZERO, rounded
from .orders import find_order
from .repayment import begin, reserved
from .wire import Json, new_id, present, words
from .world import Order, World

FILTERS = tuple(
    words("createdTime state ids orderId skuId reason failureReason refundedAmount amount")
)
_WHOLE = Decimal(100)
_TOTALS = {
    "shipping": ("shipping", "shippingTax"),
    "tax": ("tax", "shippingTax"),
    "duty": (),
    "importer_tax": (),
}


def create_refund(world: World, call: Call) -> Answer:
    """Ask for a refund of a captured order; 201 is no approval yet."""
    body = call.body
    if "orderId" not in body:
        raise missing("orderId")
    order = find_order(world, body["orderId"])
    if order.state == "dispute":
        message = "A refund cannot be performed while there is a dispute on the order."
        raise invalid("order", message)
    if body["currency"] != order.currency:
        raise invalid("currency", f"Currency {body['currency']} is not supported.")
    items = [_item(order, item, index) for index, item in enumerate(body.get("items") or [])]
    amount = sum((item["amount"] for item in items), ZERO) if items else _amount(order, body)
    if amount <= 0 or amount > order.doc["availableToRefundAmount"] - reserved(world, order):
        raise _too_large()
    if any(source.trigger == "RefundFailWhileCreation" for source in order.sources):
        raise conflict("failed-request", "Failed to refund source.")
    document: Json = present(
        id=new_id("re_"),
        amount=amount,
        createdTime=world.stamp(),
        currency=order.currency,
        items=items,
        orderId=order.id,
        refundedAmount=ZERO,
        state="pending",
        type=body.get("type"),
        reason=body.get("reason"),
        metadata=body.get("metadata"),
        liveMode=False,
    )
    world.refunds[document["id"]] = document
    emit(world, "refund.pending", document, order.upstream_id)
    begin(world, order, document)
    return Answer(201, document)


def get_refund(world: World, call: Call) -> Answer:
    """Give one refund."""
    return Answer(200, _find(world, call.id))


def list_refunds(world: World, call: Call) -> Answer:
    """List refunds, newest first."""
    return page(call, reversed(world.refunds.values()), FILTERS)


def update_refund(world: World, call: Call) -> Answer:
    """Change a refund's metadata."""
    document = _find(world, call.id)
    document.update(call.body)
    return Answer(200, document)


def _find(world: World, identity: str) -> Json:
    document = world.refunds.get(identity)
    if document is None:
        raise not_found("id", f"Refund '{identity}' not found.")
    return document


def _amount(order: Order, body: Json) -> Decimal:
    amount, percent = body.get("amount"), body.get("percent")
    if (amount is None) == (percent is None):
        if amount is None:
            raise missing("amount")
        raise invalid("percent", "Either amount or percent may be given.")
    kind = body.get("type")
    whole = order.doc["availableToRefundAmount"] if kind is None else _of_kind(order, kind)
    if kind == "tax" and percent != _WHOLE:
        raise invalid("percentRequested", "Only full tax refunds are supported.")
    if amount is not None and amount > whole:
        raise _too_large()
    asked = Decimal(amount) if amount is not None else whole * Decimal(percent or 0) / _WHOLE
    return rounded(asked, order.currency)


def _of_kind(order: Order, kind: str) -> Decimal:
    return sum((line.totals[name] for line in order.lines for name in _TOTALS[kind]), ZERO)


def _item(order: Order, item: Json, index: int) -> Json:
    line = next((one for one in order.lines if one.doc["id"] == item["itemId"]), None)
    if line is None:
        raise invalid(f"items[{index}].itemId", f"'{item['itemId']}' is not a valid itemId.")
    quantity = item.get("quantity")
    whole: Decimal = line.doc["availableToRefundAmount"]
    if quantity is not None:
        whole = min(whole, whole * quantity / max(1, line.fulfilled))
    if item.get("type") == "shipping":
        whole = line.totals["shipping"] + line.totals["shippingTax"]
    share = whole * Decimal(item.get("percent", _WHOLE)) / _WHOLE
    amount = rounded(Decimal(item["amount"]) if "amount" in item else share, order.currency)
    if amount > whole or (quantity or 1) > line.fulfilled:
        raise _too_large()
    return present(
        itemId=item["itemId"],
        skuId=line.doc.get("skuId"),
        quantity=quantity,
        amount=amount,
        type=item.get("type"),
        refundedAmount=ZERO,
    )


def _too_large() -> Exception:
    message = "The requested refund amount is greater than the available amount."
    return invalid("amountRequested", message)
