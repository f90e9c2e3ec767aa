"""The page behind the order button, which says how things stand, whatever that is."""

from aiohttp import web

from ferryman.purchase.purchase import Purchase
from ferryman.purchase.states import BEFORE_ORDER, FINAL, State

from .client import Client, path_of
from .instructions import Instructions, instructions_of
from .places import place_of
from .routes import Page
from .window import client_of, page, see_other

_MOVING = frozenset(
    {
        State.SUBMITTING,
        State.PAYMENT_FAILED,
        State.PENDING_PAYMENT,
        State.IN_REVIEW,
        State.ACCEPTED,
        State.FULFILLED,
        State.DISPUTED,
    }
)
_HOLDABLE = frozenset({State.SUBMITTING, State.PENDING_PAYMENT, State.IN_REVIEW, State.ACCEPTED})
"""Goods have still to leave, which a hold stops."""


async def thanks(request: web.Request) -> web.Response:
    """Show how the purchase stands, and what the shopper can do about it."""
    client, purchase_id = client_of(request), request.match_info["id"]
    # In this order: what comes after this entry makes the page look again.
    last = await _last(client, purchase_id)
    purchase = await client.purchase(purchase_id)
    # An order that nobody has answered yet: the record has not changed since it was sent.
    sent = request.query.get("sent") == str(purchase.version) and purchase.state in BEFORE_ORDER
    if purchase.state is State.CHECKOUT and not sent:
        refused = "?refused=yes" if "sent" in request.query else ""
        return see_other(place_of(purchase.id, "review") + refused)
    instructions: Instructions | None = None
    if purchase.state is State.PENDING_PAYMENT:
        instructions = await instructions_of(request, purchase.next_action)
    return page(
        request,
        "thanks.html",
        purchase=purchase,
        last=last,
        sent=sent,
        wish=None if purchase.state in FINAL else purchase.cancellation,
        held=purchase.hold is not None and purchase.state in _HOLDABLE,
        shipped=_shipped(purchase),
        state=State.SUBMITTING.value if sent else purchase.state.value,
        instructions=instructions,
        moving=sent or purchase.state in _MOVING,
    )


async def _last(client: Client, purchase_id: str) -> int:
    """The newest entry of the timeline that there is by now; 0 for none."""
    reply = await client.get(f"{path_of(purchase_id)}/timeline")
    return max((each["sequence"] for each in reply.body["data"]), default=0)


def _shipped(purchase: Purchase) -> tuple[int, int]:
    """How many pieces have been shipped, of how many that are not cancelled."""
    lines = [line for line in purchase.items if line.physical]
    shipped = sum(line.fulfilled for line in lines)
    return shipped, shipped + sum(line.open for line in lines)


async def come_back(request: web.Request) -> web.Response:
    """Look what came of a redirect, from whose site the shopper is back."""
    purchase_id = request.match_info["id"]
    # Where there is nothing to look for any more, the next page says so.
    await client_of(request).act(purchase_id, "refresh", {})
    return see_other(place_of(purchase_id, "thanks"))


PAGES = (
    Page("GET", "/shop/purchases/{id}/thanks", thanks),
    Page("GET", "/shop/purchases/{id}/return", come_back),
)
