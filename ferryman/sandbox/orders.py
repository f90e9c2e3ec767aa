"""Orders: made of a checkout by one call that charges and reviews; read, updated, refreshed."""

from .calls import Answer, Call
from .checkouts import build_checkout, common_fields, merge_metadata, priced
from .errors import Refusal, invalid, missing, not_found
from .lists import page
from .money import ZERO
from .orderview import describe_order
from .outcome import decide, refresh_payment
from .preconditions import bill_to, check_orderable
from .pricing import line_document, seller_tax_id
from .transitions import announce, touch
from .triggers import decline
from .wire import Json, copy, new_id, present, seconds, words
from .world import Checkout, Line, Order, World

FILTERS = tuple(
    words(
        "createdTime updatedTime ids upstreamIds totalAmount state customerId checkoutId "
        "applicationId "
        "email currency skuId in_review pending_payment accepted blocked cancelled fulfilled "
        "complete "
        "returned fraudState fraudStateTransitions.blocked fraudStateTransitions.review_opened "
        "fraudStateTransitions.passed browserIp chargeType subscriptionId refundedAmount locale "
        "customerType"
    )
)
_CONFLICT = 409


def create_order(world: World, call: Call) -> Answer:
    """Make an order: charge the sources and review it, in one.

    A checkout makes one order; used up, it is not found. A 409 uses it up as well, any other
    refusal leaves it to be mended (Processing orders, Handling a rejected order).
    """
    checkout = _checkout_for(world, call.body)
    try:
        check_orderable(world, checkout)
        _charge(world, checkout)
    except Refusal as refusal:
        if refusal.status == _CONFLICT:
            _use_up(checkout, failed=True)
        raise
    order = _build(world, checkout)
    _use_up(checkout, failed=False)
    world.orders[order.id] = order
    decide(world, order)
    return Answer(201, describe_order(order))


def get_order(world: World, call: Call) -> Answer:
    """Give one order."""
    order = find_order(world, call.id)
    expand = call.query.get("expand", "false")
    if expand not in ("true", "false"):
        raise invalid("expand", f"'{expand}' is not a valid expand.")
    return Answer(200, describe_order(order, expand=expand == "true"))


def list_orders(world: World, call: Call) -> Answer:
    """List orders, newest first; a fresh one may be missing where the index is late."""
    now = world.clock.now()
    shown = [
        order
        for order in reversed(world.orders.values())
        if order.visible_from is None or order.visible_from <= now
    ]
    if "chargeType" in call.query:
        shown = [one for one in shown if one.charge_type == call.query["chargeType"]]
    query = {name: value for name, value in call.query.items() if name != "chargeType"}
    return page(Call(query=query), [describe_order(order) for order in shown], FILTERS)


def update_order(world: World, call: Call) -> Answer:
    """Change upstream id, metadata or the wish to be forgotten."""
    order = find_order(world, call.id)
    body = dict(call.body)
    for item in body.pop("items", []):
        line = next((one for one in order.lines if one.doc["id"] == item["id"]), None)
        if line is None:
            raise invalid("items", f"'{item['id']}' is not a valid item.")
        line.doc["metadata"] = merge_metadata(line.doc.get("metadata"), item.get("metadata", {}))
    if "metadata" in body:
        body["metadata"] = merge_metadata(order.doc.get("metadata"), body["metadata"])
    order.doc.update(body)
    touch(world, order)
    if body:
        announce(world, order, "order.updated")
    return Answer(200, describe_order(order))


def refresh_order(world: World, call: Call) -> Answer:
    """Ask how a redirect went, once the shopper is back."""
    order = find_order(world, call.id)
    refresh_payment(world, order)
    return Answer(200, describe_order(order))


def find_order(world: World, identity: str, parameter: str = "orderId") -> Order:
    """Find an order; raises the 404 Refusal."""
    order = world.orders.get(identity)
    if order is None:
        raise not_found(parameter, f"Order {identity} not found")
    return order


def _checkout_for(world: World, body: Json) -> Checkout:
    identity = body.get("checkoutId")
    if identity is None:
        for name in ("currency", "items"):
            if name not in body:
                raise missing(name)
        return build_checkout(world, body)
    checkout = world.checkouts.get(identity)
    if checkout is None or checkout.consumed:
        raise not_found("orderId", f"Order {identity} not found")
    return checkout


def _charge(world: World, checkout: Checkout) -> None:
    fraud_code = world.variant(checkout.upstream_id).fraud_code
    for source in checkout.sources:
        if source.doc["state"] == "chargeable":
            refusal = decline(source.trigger, fraud_code)
            if refusal is not None:
                raise refusal


def _use_up(checkout: Checkout, *, failed: bool) -> None:
    checkout.consumed = True
    for source in checkout.sources if failed else []:
        if not source.doc["reusable"]:
            source.doc["state"] = "failed"


def _build(world: World, checkout: Checkout) -> Order:
    now, request, money = world.clock.now(), checkout.request, priced(world, checkout)
    time = seconds(now)
    lines = []
    for item, priced_line in zip(request["items"], money.lines, strict=True):
        doc = {
            **line_document(world.number(), item, priced_line, world.skus),
            **present(sellerTaxIdentifier=seller_tax_id(money.selling_entity, priced_line)),
            "state": "created",
            "stateTransitions": {"created": time},
            "availableToRefundAmount": ZERO,
        }
        parts = priced_line.parts
        known = world.skus.get(item.get("skuId") or "", {}).get("metadata")
        physical = priced_line.physical
        lines.append(Line(doc, doc["quantity"], dict(parts), parts, physical, known))
    document = {
        "id": world.number(),
        "createdTime": time,
        **copy(common_fields(world, request)),
        "billTo": bill_to(checkout),
        **money.totals,
        **present(shippingChoice=money.shipping_choice),
        "updatedTime": time,
        "sellingEntity": money.selling_entity,
        "liveMode": False,
        "requestToBeForgotten": False,
        "capturedAmount": ZERO,
        "cancelledAmount": ZERO,
        "availableToRefundAmount": ZERO,
        "checkoutId": checkout.id,
    }
    for line in lines:
        _agree(line.doc)
    return Order(
        document,
        lines,
        checkout.session,
        list(checkout.sources),
        charge_type=request.get("chargeType", "customer_initiated"),
        total=money.totals["totalAmount"],
        visible_from=now + world.variant(checkout.upstream_id).late_index,
    )


def _agree(line: Json) -> None:
    subscription = line.get("subscriptionInfo")
    if subscription:
        line["subscriptionInfo"] = {"billingAgreementId": new_id(), **subscription}
