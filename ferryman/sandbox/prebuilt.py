"""Prebuilt Checkout: a session, in which the shopper buys and Digital River makes the order."""

from .browser import create_browser_source
from .calls import Answer, Call
from .checkouts import build_checkout, create_checkout
from .errors import conflict, invalid, missing, refuse
from .events import emit
from .orders import create_order
from .orderview import describe_order
from .schema import problems
from .sources import attach_source
from .wire import Json, copy, new_id, present
from .world import Order, World

_ONLY_SHOWN = ("style", "options", "redirects")
_CHOSEN = ("email", "shipTo", "billTo", "shippingChoice", "browserIp")
_SHOPPER: Json = {
    "name": "Erika Beispiel",
    "email": "erika@example.com",
    "address": {
        "line1": "Musterweg 1",
        "city": "Berlin",
        "postalCode": "10178",
        "country": "DE",
    },
}
_CONSENTS = {"termsOfService": True, "eula": True, "termsOfSale": True}


def create_session(world: World, call: Call) -> Answer:
    """Begin a session; what no checkout could be made of is refused now."""
    for name in ("currency", "items"):
        if not call.body.get(name):
            raise missing(name)
    build_checkout(world, _checkout_request(call.body, {}))
    identity = new_id()
    link = f"{world.settings.base_url}/checkout-sessions/{identity}"
    document: Json = {"id": identity, "link": link, "liveMode": False}
    world.checkout_sessions[identity] = {**document, "request": copy(call.body)}
    return Answer(201, document)


def find_session(world: World, identity: str) -> Json:
    """Find a session; raises the 404 Refusal."""
    session = world.checkout_sessions.get(identity)
    if session is None:
        raise refuse(404, "not_found", f"There is no checkout session '{identity}'.")
    return session


def buy(world: World, session: Json, body: Json) -> Order:
    """Let the shopper buy, as the body says or an invented shopper would.

    Raises the Refusal that a checkout, a source or an order would meet; then the session is as
    open as before.
    """
    if "orderId" in session:
        raise conflict("session_complete", f"Session '{session['id']}' has its order.")
    request = _checkout_request(session["request"], body)
    for problem in problems("CheckoutRequest", request):
        raise invalid("body", problem)
    checkout = create_checkout(world, Call(body=request)).body
    source = create_browser_source(world, _source_request(request, checkout, body)).body
    attach_source(world, Call(ids={"id": checkout["id"], "sourceId": source["id"]}))
    made = create_order(world, Call(body={"checkoutId": checkout["id"]})).body
    order = world.orders[made["id"]]
    session["orderId"] = order.id
    emit(world, "checkout_session.order.created", _told(order, session), order.upstream_id)
    return order


def _checkout_request(given: Json, chosen: Json) -> Json:
    """Complete a session's request by what the shopper chooses on the page."""
    request: Json = {name: copy(given[name]) for name in given if name not in _ONLY_SHOWN}
    offered = given.get("options") or {}
    saved = (offered.get("addresses") or [_SHOPPER])[0]
    methods = offered.get("shippingMethods") or [{"amount": 0, "description": "standard"}]
    shown = ("amount", "description", "serviceLevel")
    choice = present(**{name: methods[0].get(name) for name in shown})
    request.setdefault("shipTo", copy(saved))
    request.setdefault("billTo", copy(saved))
    request.setdefault("email", saved.get("email") or _SHOPPER["email"])
    request["shippingChoice"] = choice
    return {**request, **{name: chosen[name] for name in _CHOSEN if name in chosen}}


def _source_request(request: Json, checkout: Json, body: Json) -> Json:
    name = str(request["billTo"].get("name") or _SHOPPER["name"])
    first, _, last = name.rpartition(" ")
    owner = {
        "firstName": first or name,
        "lastName": str(body.get("lastName", last)),
        "email": request["email"],
        "address": request["billTo"].get("address") or _SHOPPER["address"],
    }
    card = {"number": str(body.get("cardNumber", "4444222233331111"))}
    session_id = checkout["payment"]["session"]["id"]
    kind = body.get("type", "creditCard")
    return {"type": kind, "owner": owner, "card": card, "paymentSessionId": session_id}


def _told(order: Order, session: Json) -> Json:
    """Write the order as its session's event carries it."""
    document = describe_order(order)
    for name in ("shipTo", "billTo"):
        if name in document:
            document[name] = {**document[name], "saveForLater": False}
    inclusive = bool(session["request"].get("taxInclusive", False))
    told: Json = {"checkoutSessionId": session["id"], "taxInclusive": inclusive}
    return {**document, **told, "consents": dict(_CONSENTS)}
