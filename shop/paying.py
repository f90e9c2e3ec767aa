"""The pages on which a purchase is paid and ordered: the drop-in's frame, and the last look."""

from urllib.parse import urlencode

from aiohttp import web

from ferryman.purchase.purchase import Purchase, Session
from ferryman.purchase.states import BEFORE_ORDER

from .client import Reply
from .forms import read_form
from .guard import origin_of, own_origin
from .places import place_of
from .routes import Page
from .window import WINDOW, client_of, page, see_other

_UNPAID = "requires_source"
_TERMS = "Please accept the terms: without that there is no order."
_REFUSED = "Your order was not taken, and nothing is ordered. Please look at it again."
_CHANGED = "The total has changed since you saw it last. Please look again."


async def pay(request: web.Request) -> web.Response:
    """Show the frame in which the shopper chooses how to pay."""
    purchase = await _open_purchase(request)
    return _pay_page(request, purchase) if isinstance(purchase, Purchase) else purchase


async def choose(request: web.Request) -> web.Response:
    """Attach what the drop-in has made; the shop is told its id alone."""
    said = await read_form(request)
    purchase_id = request.match_info["id"]
    choice = {"sourceId": said.get("sourceId", ""), "saveForFuture": said.get("save") == "yes"}
    reply = await client_of(request).act(purchase_id, "source", choice, method="PUT")
    if reply.status == web.HTTPAccepted.status_code:
        return page(request, "waiting.html", purchase=reply.purchase, onward="review")
    if reply.taken:
        return see_other(place_of(purchase_id, "review"))
    purchase = await _open_purchase(request)
    if isinstance(purchase, Purchase):
        return _pay_page(request, purchase, reply.why_not)
    return purchase


async def review(request: web.Request) -> web.Response:
    """Show what is about to be ordered, of whom, and what it costs."""
    purchase = await _open_purchase(request)
    if not isinstance(purchase, Purchase):
        return purchase
    return _review_page(request, purchase, told=_REFUSED if "refused" in request.query else "")


async def submit(request: web.Request) -> web.Response:
    """Order; a second press finds the order made and leads to the same page."""
    said = await read_form(request)
    purchase = await _open_purchase(request)
    if not isinstance(purchase, Purchase):
        return purchase
    if said.get("terms") != "yes":
        return _review_page(request, purchase, terms=_TERMS)
    if said.get("total") != _total(purchase):
        return _review_page(request, purchase, trouble=_CHANGED)
    reply = await client_of(request).act(purchase.id, "submit", {"termsAccepted": True})
    if reply.status == web.HTTPUnprocessableEntity.status_code:
        return _review_page(
            request, await client_of(request).purchase(purchase.id), trouble=reply.why_not
        )
    return see_other(place_of(purchase.id, "thanks") + _unanswered(reply))


async def _open_purchase(request: web.Request) -> Purchase | web.Response:
    """Read the purchase; a page instead where it can not be paid now."""
    purchase = await client_of(request).purchase(request.match_info["id"])
    if purchase.state not in BEFORE_ORDER:
        return see_other(place_of(purchase.id, "thanks"))
    if _session(purchase) is None:
        return page(request, "waiting.html", purchase=purchase, onward="pay")
    return purchase


def _pay_page(request: web.Request, purchase: Purchase, trouble: str = "") -> web.Response:
    provider, session = request.app[WINDOW].provider, _session(purchase)
    back = own_origin(request) + place_of(purchase.id, "return")
    query = urlencode({"session": session.id if session else "", "return": back})
    return page(
        request,
        "pay.html",
        status=422 if trouble else 200,
        purchase=purchase,
        trouble=trouble,
        frame=f"{provider}/drop-in?{query}",
        origin=origin_of(provider),
    )


def _review_page(
    request: web.Request, purchase: Purchase, trouble: str = "", terms: str = "", told: str = ""
) -> web.Response:
    session = _session(purchase)
    if session is None or session.state == _UNPAID:
        return _pay_page(request, purchase, trouble)
    return page(
        request,
        "review.html",
        status=422 if trouble or terms else 200,
        purchase=purchase,
        trouble=trouble or told,
        terms=terms,
        total=_total(purchase),
        prices={line.line_id: line for line in purchase.checkout.items}
        if purchase.checkout
        else {},
    )


def _session(purchase: Purchase) -> Session | None:
    return purchase.checkout.payment.session if purchase.checkout else None


def _total(purchase: Purchase) -> str:
    checkout = purchase.checkout
    return f"{checkout.total_amount} {checkout.currency}" if checkout else ""


def _unanswered(reply: Reply) -> str:
    """Tell the next page that nobody knows yet what comes of the purchase as it now is."""
    unknown = reply.status == web.HTTPAccepted.status_code
    return f"?sent={reply.purchase.version}" if unknown else ""


PAGES = (
    Page("GET", "/shop/purchases/{id}/pay", pay),
    Page("POST", "/shop/purchases/{id}/source", choose),
    Page("GET", "/shop/purchases/{id}/review", review),
    Page("POST", "/shop/purchases/{id}/submit", submit),
)
