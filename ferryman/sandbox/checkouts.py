"""Checkouts: built, priced, changed within limits, and used up by one order."""

from iso4217 import Currency

from .addresses import check_addresses
from .calls import Answer, Call
from .errors import conflict, invalid, missing, not_found
from .events import emit
from .lists import page
from .pricing import Priced, line_document, price
from .sessions import payment_document, settle_state
from .sources import (
    attach_primary,
    find_open_checkout,
    find_source,
    refresh_session,
)
from .wire import Json, copy, new_id, present, seconds, words
from .world import Checkout, World

FILTERS = tuple(
    words(
        "createdTime updatedTime ids upstreamIds customerId applicationId email currency "
        "totalAmount "
        "locale chargeType customerType subscriptionId browserIp"
    )
)
_UNACTIVATED = frozenset(words("CUP IRR KPW PAB SYP XAU XXX"))
_COPIED = words(
    "customerId currency email shipTo shipFrom billTo organization locale browserIp applicationId "
    "customerType purchaseLocation metadata upstreamId disclosures discount"
)


def create_checkout(world: World, call: Call) -> Answer:
    """Build a checkout; `currency` and `items` are all it needs."""
    checkout = build_checkout(world, call.body)
    world.checkouts[checkout.id] = checkout
    document = describe_checkout(world, checkout)
    emit(world, "checkout.created", document, checkout.upstream_id)
    return Answer(201, document)


def build_checkout(world: World, body: Json) -> Checkout:
    """Make a checkout from a request that has passed the schema, without storing it."""
    _check_currency(body["currency"])
    _check_items(body["items"])
    _check_parties(world, body)
    check_addresses(body)
    now = world.clock.now()
    request = copy(body)
    source_id = request.pop("sourceId", None)
    line_ids = [new_id() for _ in request["items"]]
    request.setdefault("locale", "en_US")
    request.setdefault("customerType", "individual")
    checkout = Checkout(new_id(), now, now, request, line_ids)
    priced = price(request, world.skus, void=world.void_identifiers)
    if source_id is not None:
        attach_primary(world, checkout, find_source(world, source_id, "sourceId"))
    settle_state(checkout.session, checkout.sources, priced.totals["totalAmount"])
    return checkout


def get_checkout(world: World, call: Call) -> Answer:
    """Give one checkout, used up or not."""
    return Answer(200, describe_checkout(world, find_checkout(world, call.id)))


def list_checkouts(world: World, call: Call) -> Answer:
    """List checkouts, newest first; used-up ones too, which nothing tells apart."""
    shown = [describe_checkout(world, one) for one in reversed(world.checkouts.values())]
    return page(call, shown, FILTERS)


def update_checkout(world: World, call: Call) -> Answer:
    """Change a checkout; of its lines only metadata, ship-from and subscription can change."""
    checkout = find_open_checkout(world, call.id)
    request = _merged(checkout, copy(call.body))
    _check_currency(request["currency"])
    _check_parties(world, request)
    check_addresses(request)
    source_id = request.pop("sourceId", None)
    price(request, world.skus, void=world.void_identifiers)
    if source_id is not None:
        attach_primary(world, checkout, find_source(world, source_id, "sourceId"))
    checkout.request = request
    checkout.updated = world.clock.now()
    refresh_session(world, checkout)
    document = describe_checkout(world, checkout)
    emit(world, "checkout.updated", document, checkout.upstream_id)
    return Answer(200, document)


def delete_checkout(world: World, call: Call) -> Answer:
    """Forget a checkout."""
    checkout = find_open_checkout(world, call.id)
    document = describe_checkout(world, checkout)
    del world.checkouts[checkout.id]
    emit(world, "checkout.deleted", document, checkout.upstream_id)
    return Answer(204)


def find_checkout(world: World, identity: str) -> Checkout:
    """Find a checkout; raises the 404 Refusal."""
    checkout = world.checkouts.get(identity)
    if checkout is None:
        raise not_found("id", f"Checkout '{identity}' not found.")
    return checkout


def priced(world: World, checkout: Checkout) -> Priced:
    """Price a checkout as it stands."""
    return price(checkout.request, world.skus, void=world.void_identifiers)


def describe_checkout(world: World, checkout: Checkout) -> Json:
    """Write a checkout as the API shows it."""
    request, money = checkout.request, priced(world, checkout)
    lines = zip(checkout.line_ids, request["items"], money.lines, strict=True)
    return {
        "id": checkout.id,
        "createdTime": seconds(checkout.created),
        "updatedTime": seconds(checkout.updated),
        **common_fields(world, request),
        **money.totals,
        "items": [line_document(*line, world.skus) for line in lines],
        **present(shippingChoice=money.shipping_choice),
        "sellingEntity": money.selling_entity,
        "liveMode": False,
        "payment": payment_document(
            checkout.session, checkout.sources, money.totals["totalAmount"]
        ),
    }


def common_fields(world: World, request: Json) -> Json:
    """Give the fields which a checkout takes from its request and hands on to its order."""
    fields = {name: request[name] for name in _COPIED if request.get(name) is not None}
    identifiers = [
        world.tax_identifiers[given["id"]]
        for given in request.get("taxIdentifiers", [])
        if given["id"] in world.tax_identifiers
    ]
    if identifiers:
        fields["taxIdentifiers"] = [
            {key: value for key, value in one.items() if key != "applicability"}
            for one in identifiers
        ]
    return fields


def merge_metadata(old: Json | None, new: Json) -> Json:
    """Merge metadata as an update does: an empty text deletes its key."""
    merged = {**(old or {}), **new}
    return {key: value for key, value in merged.items() if value != ""}


def _merged(checkout: Checkout, body: Json) -> Json:
    request: Json = copy(checkout.request)
    updates = {line["id"]: line for line in body.pop("items", [])}
    for identity in updates:
        if identity not in checkout.line_ids:
            raise invalid("items", f"'{identity}' is not a valid item.")
    for identity, item in zip(checkout.line_ids, request["items"], strict=True):
        change = updates.get(identity, {})
        if "metadata" in change:
            item["metadata"] = merge_metadata(item.get("metadata"), change["metadata"])
        item.update({key: change[key] for key in ("shipFrom", "subscriptionInfo") if key in change})
    if "metadata" in body:
        body["metadata"] = merge_metadata(request.get("metadata"), body["metadata"])
    return {**request, **body}


def _check_currency(currency: str) -> None:
    try:
        Currency(currency)
    except ValueError as error:
        message = f"'{currency}' is not a valid currency."
        raise _odd_currency(message) from error
    if currency in _UNACTIVATED:
        raise conflict(
            "currency_unactivated", f"Currency '{currency}' is not activated.", "currency"
        )


def _odd_currency(message: str) -> Exception:
    refusal = invalid("currency", message, status=409)
    refusal.body["type"] = "bad_request"  # as published, against its own status
    return refusal


def _check_items(items: list[Json]) -> None:
    if not items:
        raise missing("items")
    for index, item in enumerate(items):
        if not item.get("skuId") and not item.get("productDetails"):
            raise missing(f"items[{index}].skuId")


def _check_parties(world: World, request: Json) -> None:
    customer_id = request.get("customerId")
    if customer_id is not None and customer_id not in world.customers:
        raise not_found("customerId", f"Customer '{customer_id}' not found.")
    for given in request.get("taxIdentifiers", []):
        if given.get("id") not in world.tax_identifiers:
            message = f"Tax identifier '{given.get('id')}' not found."
            raise conflict("not_found", message, "id")
