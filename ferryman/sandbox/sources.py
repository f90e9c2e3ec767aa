"""Payment sources: read, credited, attached to a checkout and detached from it."""

from decimal import Decimal

from .calls import Answer, Call
from .errors import conflict, missing, not_found
from .events import emit
from .money import ZERO
from .pricing import price
from .sessions import settle_state
from .wire import Json, new_id, new_secret
from .world import Checkout, Source, World

_ATTACHABLE = ("chargeable", "pending_funds", "pending_redirect")


def get_source(world: World, call: Call) -> Answer:
    """Give one source."""
    return Answer(200, find_source(world, call.id).doc)


def create_credit(world: World, call: Call) -> Answer:
    """Create a customer credit, the one source that a server creates (Store credit)."""
    body = call.body
    for name in ("paymentSessionId", "amount"):
        if name not in body:
            raise missing(name)
    checkout = checkout_of_session(world, body["paymentSessionId"])
    if body["amount"] <= 0 or body["amount"] > _uncovered(world, checkout):
        raise conflict("session_source_amount_too_large", "Source amount(s) exceed session amount")
    identity = new_id()
    doc: Json = {
        "id": identity,
        "createdTime": world.stamp(),
        "type": "customerCredit",
        "currency": checkout.request["currency"],
        "amount": body["amount"],
        "reusable": False,
        "state": "chargeable",
        **{name: body[name] for name in ("upstreamId", "owner") if name in body},
        "paymentSessionId": body["paymentSessionId"],
        "clientSecret": new_secret(identity),
        "customerCredit": {},
        "liveMode": False,
    }
    world.sources[identity] = Source(doc, fixed_amount=body["amount"], storable=False)
    emit(world, "source.created", doc, checkout.upstream_id)
    return Answer(201, doc)


def attach_source(world: World, call: Call) -> Answer:
    """Attach a source to a checkout; answers the source, not the checkout."""
    checkout = find_open_checkout(world, call.id)
    source = find_source(world, call.ids["sourceId"], "sourceId")
    if source.secondary:
        _attach_secondary(world, checkout, source)
    else:
        attach_primary(world, checkout, source)
    checkout.updated = world.clock.now()
    refresh_session(world, checkout)
    return Answer(200, source.doc)


def detach_source(world: World, call: Call) -> Answer:
    """Detach a source; a single-use one is cancelled for good."""
    checkout = find_open_checkout(world, call.id)
    source = find_source(world, call.ids["sourceId"], "sourceId")
    if source not in checkout.sources:
        raise not_found("sourceId", f"Source '{source.id}' not found.")
    _release(checkout, source)
    refresh_session(world, checkout)
    return Answer(204)


def find_open_checkout(world: World, identity: str) -> Checkout:
    """Find a checkout that no order has used up; raises the 404 Refusal."""
    checkout = world.checkouts.get(identity)
    if checkout is None or checkout.consumed:
        raise not_found("id", f"Checkout '{identity}' not found.")
    return checkout


def refresh_session(world: World, checkout: Checkout) -> None:
    """Set the session's state after lines, totals or sources have changed."""
    settle_state(checkout.session, checkout.sources, _total(world, checkout))


def find_source(world: World, identity: str, parameter: str = "id") -> Source:
    """Find a source; raises the 404 Refusal, or a 409 where another resource names it."""
    source = world.sources.get(identity)
    if source is None:
        if parameter == "id":
            raise not_found("id", f"Source '{identity}' not found.")
        message = "The source you have requested was not found."
        raise conflict("source_not_found", message, parameter)
    return source


def checkout_of_session(world: World, session_id: str) -> Checkout:
    """Find the checkout that a payment session belongs to; raises the 404 Refusal."""
    for checkout in world.checkouts.values():
        if checkout.session.id == session_id and not checkout.consumed:
            return checkout
    raise not_found("paymentSessionId", f"Payment session '{session_id}' not found.")


def attach_primary(world: World, checkout: Checkout, source: Source) -> None:
    """Make a source the checkout's primary one, in place of any other."""
    check_usable(world, checkout, source)
    total = _total(world, checkout)
    if source.fixed_amount is not None and source.fixed_amount > total:
        raise conflict("session_source_amount_too_large", "Source amount(s) exceed session amount")
    for old in [one for one in checkout.sources if not one.secondary and one is not source]:
        _release(checkout, old)
    if source not in checkout.sources:
        checkout.sources.append(source)
    source.doc["paymentSessionId"] = checkout.session.id


def check_usable(world: World, checkout: Checkout, source: Source) -> None:
    """Refuse a source that is spent, someone else's, or on another checkout already."""
    owner = source.doc.get("customerId")
    if owner is not None and owner != checkout.request.get("customerId"):
        message = f"Source '{source.id}' is attached to a different customer."
        raise conflict("source_in_use", message, "sourceId")
    state = source.doc["state"]
    if state == "cancelled":
        raise conflict(
            "source_status_invalid_for_session",
            "The source status is invalid for this session.",
        )
    elsewhere = any(
        source in other.sources
        for other in world.checkouts.values()
        if other is not checkout and not other.consumed
    )
    if state not in _ATTACHABLE or (elsewhere and not source.doc["reusable"]):
        message = f"Source '{source.id}' is not chargeable."
        raise conflict("source_not_chargeable", message, "sourceId")


def _attach_secondary(world: World, checkout: Checkout, source: Source) -> None:
    check_usable(world, checkout, source)
    if any(not one.secondary and not one.doc["reusable"] for one in checkout.sources):
        message = "Updating source is not allowed for the current session state."
        raise conflict("session_update_not_allowed", message)
    if source not in checkout.sources:
        if (source.fixed_amount or ZERO) > _uncovered(world, checkout):
            raise conflict(
                "session_source_amount_too_large", "Source amount(s) exceed session amount"
            )
        checkout.sources.append(source)


def _release(checkout: Checkout, source: Source) -> None:
    checkout.sources.remove(source)
    if not source.doc["reusable"]:
        source.doc["state"] = "cancelled"


def _total(world: World, checkout: Checkout) -> Decimal:
    total: Decimal = price(checkout.request, world.skus, void=world.void_identifiers).totals[
        "totalAmount"
    ]
    return total


def _uncovered(world: World, checkout: Checkout) -> Decimal:
    credited = [one.fixed_amount or ZERO for one in checkout.sources if one.secondary]
    return _total(world, checkout) - sum(credited, ZERO)
