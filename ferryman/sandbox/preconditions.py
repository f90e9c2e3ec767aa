"""What must be true of a checkout before an order can be made of it (Processing orders)."""

import re
from collections.abc import Mapping
from typing import Any

from .checkouts import priced
from .errors import conflict, missing, refuse
from .pricing import destination
from .sources import check_usable
from .taxes import check_identifiers
from .wire import Json
from .world import Checkout, World

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def check_orderable(world: World, checkout: Checkout) -> None:
    """Refuse a checkout that lacks something: 400 can be mended on it, 409 uses it up."""
    request = checkout.request
    if not _EMAIL.fullmatch(request.get("email") or ""):
        message = (
            "The order could not be created because a required checkout parameter is missing. "
            "Update the checkout information provided before trying again."
        )
        raise refuse(400, "order_create_failed", message, "email")
    if any(line.physical for line in priced(world, checkout).lines):
        strict = world.variant(checkout.upstream_id).us_ship_from == "strict"
        _check_shipping(request, strict=strict)
    if checkout.session.state != "requires_confirmation":
        raise refuse(400, "order_submit_failed", "Payment session status is invalid.")
    for source in checkout.sources:
        check_usable(world, checkout, source)
    customer = world.customers.get(request.get("customerId") or "")
    if customer is not None and not customer.get("enabled", True):
        raise conflict("create-order-failed", _CREATE_FAILED)
    _check_bill_to(bill_to(checkout))
    given = [one["id"] for one in request.get("taxIdentifiers", [])]
    known = [world.tax_identifiers[one] for one in given if one in world.tax_identifiers]
    check_identifiers(destination(request, world.skus), [one["type"] for one in known])


_CREATE_FAILED = "The order is missing required details and could not be completed."


def bill_to(checkout: Checkout) -> Json:
    """Give the bill-to party: the checkout's own, filled up from the primary source's owner."""
    given: Json = dict(checkout.request.get("billTo") or {})
    owners = [one.doc.get("owner") for one in checkout.sources if not one.secondary]
    owner: Mapping[str, Any] = next((one for one in owners if one), {})
    name = f"{owner.get('firstName') or ''} {owner.get('lastName') or ''}".strip()
    filled = {"name": name, **{key: owner.get(key) for key in ("address", "email")}}
    return {**{key: value for key, value in filled.items() if value}, **given}


def _check_bill_to(party: Json) -> None:
    address = party.get("address") or {}
    complete = all(address.get(field) for field in ("line1", "city", "country", "postalCode"))
    if not complete or not party.get("name"):
        raise conflict("create-order-failed", _CREATE_FAILED)


def _check_shipping(request: Json, *, strict: bool) -> None:
    ship_from = (request.get("shipFrom") or {}).get("address") or {}
    lines = [(item.get("shipFrom") or {}).get("address") for item in request["items"]]
    if not ship_from.get("country") and not all(lines):
        raise missing("shipFrom.address")
    if strict and ship_from.get("country") == "US" and not ship_from.get("postalCode"):
        raise missing("shipFrom.address.postalCode")
    ship_to = request.get("shipTo") or {}
    for field in ("country", "city", "postalCode"):
        if not (ship_to.get("address") or {}).get(field):
            raise missing(f"shipTo.address.{field}")
    if not ship_to.get("name"):
        raise missing("shipping.name")
    choice = request.get("shippingChoice")
    if not choice:
        message = "Could not get Shipping Options for order"
        raise refuse(400, "invalid_shipping_choice", message, "shippingChoice")
    if choice.get("amount") is None:
        raise refuse(400, "internal_error", "Client must provide shipping Cost")
