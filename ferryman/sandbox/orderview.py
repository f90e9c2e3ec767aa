"""An order as the API shows it."""

from .sessions import payment_document
from .wire import Json, copy, present
from .world import Order


def describe_order(order: Order, *, expand: bool = False) -> Json:
    """Write an order; `expand` adds whether a product is physical, and its metadata."""
    charges = [_inside(charge) for charge in order.charges]
    payment = payment_document(order.session, order.sources, order.total, charges)
    document: Json = copy({**order.doc, "items": [line.doc for line in order.lines]})
    document["payment"] = copy(payment)
    if expand:
        for item, line in zip(document["items"], order.lines, strict=True):
            item["productDetails"] |= present(
                physical=line.physical, metadata=copy(line.sku_metadata)
            )
    return document


def _inside(charge: Json) -> Json:
    """Write a charge as its order shows it: only a charge by itself says who caused a capture."""
    if "captures" not in charge:
        return charge
    captures = [
        {key: value for key, value in capture.items() if key != "fulfillmentId"}
        for capture in charge["captures"]
    ]
    return {**charge, "captures": captures}


def describe_details(order: Order) -> Json:
    """Write an order as fulfillments carry it: without its payment."""
    document = describe_order(order)
    del document["payment"]
    return document
