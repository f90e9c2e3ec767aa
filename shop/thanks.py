"""The page behind the order button, which says how things stand, whatever that is."""

from aiohttp import web

from ferryman.purchase.states import BEFORE_ORDER, State

from .instructions import Instructions, instructions_of
from .routes import Page
from .window import client_of, page, see_other

_MOVING = frozenset(
    {State.SUBMITTING, State.PENDING_PAYMENT, State.IN_REVIEW, State.ACCEPTED, State.FULFILLED}
)


async def thanks(request: web.Request) -> web.Response:
    """Show how the purchase stands, and what the shopper can do about it."""
    purchase = await client_of(request).purchase(request.match_info["id"])
    # An order that nobody has answered yet: the record has not changed since it was sent.
    sent = request.query.get("sent") == str(purchase.version) and purchase.state in BEFORE_ORDER
    if purchase.state is State.CHECKOUT and not sent:
        return see_other(f"/shop/purchases/{purchase.id}/review")
    instructions: Instructions | None = None
    if purchase.state is State.PENDING_PAYMENT:
        instructions = await instructions_of(request, purchase.next_action)
    return page(
        request,
        "thanks.html",
        purchase=purchase,
        state=State.SUBMITTING.value if sent else purchase.state.value,
        instructions=instructions,
        moving=sent or purchase.state in _MOVING,
    )


async def come_back(request: web.Request) -> web.Response:
    """Look what came of a redirect, from whose site the shopper is back."""
    purchase_id = request.match_info["id"]
    # Where there is nothing to look for any more, the next page says so.
    await client_of(request).act(purchase_id, "refresh", {})
    return see_other(f"/shop/purchases/{purchase_id}/thanks")


PAGES = (
    Page("GET", "/shop/purchases/{id}/thanks", thanks),
    Page("GET", "/shop/purchases/{id}/return", come_back),
)
