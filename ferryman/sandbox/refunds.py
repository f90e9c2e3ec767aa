"""Refunds: asked for, pending, then paid back or failed (Issuing refunds)."""

from dataclasses import dataclass, field
from decimal import Decimal

from .calls import Answer, Call
from .errors import invalid, missing, not_found
from .events import emit
from .lists import page
from .money import ZERO, rounded
from .orders import find_order
from .refundable import available, hold, of_kind, of_line
from .repayment import begin
from .transitions import touch
from .wire import Json, new_id, present, words
from .world import Line, Order, World

FILTERS = tuple(
    words("createdTime state ids orderId skuId reason failureReason refundedAmount amount")
)
_WHOLE = Decimal(100)
_TAXES = ("tax", "importer_tax")


@dataclass
class Wish:
    """What is to be refunded: an amount of the order, of one kind of cost, or of lines."""

    amount: Decimal = ZERO
    items: list[Json] = field(default_factory=list)
    kinds: dict[str, Decimal] = field(default_factory=dict)
    lines: dict[str, Decimal] = field(default_factory=dict)
    """By line, what of its goods."""


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
    wish = _of_lines(order, body["items"]) if body.get("items") else _of_order(order, body)
    if wish.amount <= 0 or wish.amount > available(order):
        raise _too_large()
    return Answer(201, issue_refund(world, order, wish, body))


def issue_refund(world: World, order: Order, wish: Wish, given: Json) -> Json:
    """Make a refund and set it going; one by lines carries no amount of its own."""
    document: Json = present(
        id=new_id("re_"),
        amount=None if wish.items else wish.amount,
        createdTime=world.stamp(),
        currency=order.currency,
        items=wish.items,
        orderId=order.id,
        refundedAmount=ZERO,
        state="pending",
        **{name: given.get(name) for name in ("type", "reason", "metadata")},
        liveMode=False,
    )
    hold(
        order,
        document["id"],
        wish.amount,
        kinds=wish.kinds,
        lines=wish.lines if wish.items else None,
    )
    touch(world, order)
    world.refunds[document["id"]] = document
    emit(world, "refund.pending", document, order.upstream_id)
    begin(world, order, document)
    return document


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


def _of_order(order: Order, body: Json) -> Wish:
    amount, percent, kind = body.get("amount"), body.get("percent"), body.get("type")
    if (amount is None) == (percent is None):
        if amount is None:
            raise missing("amount")
        raise invalid("percent", "Either amount or percent may be given.")
    whole = available(order) if kind is None else of_kind(order, kind)
    asked = Decimal(amount) if amount is not None else whole * Decimal(percent or 0) / _WHOLE
    asked = rounded(asked, order.currency)
    if asked > whole:
        raise _too_large()
    if kind in _TAXES and asked != whole:
        raise invalid("percentRequested", "Only full tax refunds are supported.")
    return Wish(asked, kinds={} if kind is None else {kind: asked})


def _of_lines(order: Order, items: list[Json]) -> Wish:
    wish = Wish()
    for index, item in enumerate(items):
        _add(wish, order, item, index)
    return wish


def _add(wish: Wish, order: Order, item: Json, index: int) -> None:
    line = next((one for one in order.lines if one.doc["id"] == item["itemId"]), None)
    if line is None:
        raise invalid(f"items[{index}].itemId", f"'{item['itemId']}' is not a valid itemId.")
    kind = item.get("type")
    amount = _amount(order, line, item, wish.lines.get(line.id, ZERO))
    wish.amount += amount
    if kind is None:
        wish.lines[line.id] = wish.lines.get(line.id, ZERO) + amount
    else:
        wish.kinds[kind] = wish.kinds.get(kind, ZERO) + amount
    wish.items.append(
        present(
            itemId=item["itemId"],
            skuId=line.doc.get("skuId"),
            quantity=item.get("quantity"),
            amount=amount,
            type=kind,
            refundedAmount=ZERO,
        )
    )


def _amount(order: Order, line: Line, item: Json, taken: Decimal) -> Decimal:
    quantity, kind = item.get("quantity"), item.get("type")
    if (quantity or 1) > line.fulfilled:
        raise _too_large()
    if kind is None:
        left = line.doc["availableToRefundAmount"] - taken
        goods = of_line(order, line, "goods") * (quantity or line.fulfilled) / line.fulfilled
        whole = min(left, goods)
    else:
        whole = left = min(of_line(order, line, kind), of_kind(order, kind))
    share = whole * Decimal(item.get("percent", _WHOLE)) / _WHOLE
    asked = rounded(Decimal(item["amount"]) if "amount" in item else share, order.currency)
    if asked <= 0 or asked > left:
        raise _too_large()
    return asked


def _too_large() -> Exception:
    message = "The requested refund amount is greater than the available amount."
    return invalid("amountRequested", message)
