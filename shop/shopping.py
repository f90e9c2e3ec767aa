"""The shop's first pages: what there is to buy, and who buys it."""

from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import web

from ferryman.purchase.purchase import Purchase
from ferryman.purchase.states import BEFORE_ORDER

from .basket import Basket
from .client import Client, Reply, path_of
from .forms import errors_of, read_form
from .goods import GOODS, MARKETS, market_of
from .places import place_of
from .routes import Page
from .window import client_of, page, see_other

_REUSED = "idempotency-key-reused"


async def show(request: web.Request) -> web.Response:
    """Show the goods."""
    market = market_of(request.query.get("market"))
    empty = "empty" in request.query
    return page(request, "shop.html", goods=GOODS, markets=MARKETS, market=market, empty=empty)


async def details(request: web.Request) -> web.Response:
    """Ask who buys; the address of this page names the purchase that it will become."""
    basket = Basket.read(request.query)
    if not basket.quantities:
        return see_other(f"/?{urlencode({'market': basket.market.id, 'empty': 'yes'})}")
    if request.query.get("basket") != basket.token:
        return see_other(f"/shop/details?{urlencode(basket.fields)}")
    known = await client_of(request).find(basket.purchase_id)
    if known is not None and known.state not in BEFORE_ORDER:
        return see_other(place_of(known.id, "thanks"))
    # What was entered is not shown to everybody who has the address; the example is not it.
    said = basket.market.example if known is None else {}
    return _form(request, basket, said, {}, known)


async def order(request: web.Request) -> web.Response:
    """Open the purchase, or change the one that this basket has become."""
    said = await read_form(request)
    basket, client = Basket.read(said), client_of(request)
    if not basket.quantities:
        return see_other("/?empty=yes")
    reply = await _opened(client, basket, said)
    if reply.taken:
        return see_other(place_of(basket.purchase_id, "pay"))
    return await _refused(request, basket, said, reply)


async def _opened(client: Client, basket: Basket, said: Mapping[str, str]) -> Reply:
    """Open the purchase; one that is there is changed, or going back would change nothing."""
    purchase_id = basket.purchase_id
    known = await client.find(purchase_id)
    if known is None:
        reply = await client.send("POST", "/purchases", basket.request(said), key=purchase_id)
        if reply.kind != _REUSED:
            return reply
        known = await client.purchase(purchase_id)
    change = basket.become(known).change(said)
    return await client.send("PATCH", path_of(purchase_id), change)


async def _refused(
    request: web.Request, basket: Basket, said: Mapping[str, str], reply: Reply
) -> web.Response:
    known = await client_of(request).find(basket.purchase_id)
    if known is not None and known.state not in BEFORE_ORDER:
        return see_other(place_of(known.id, "thanks"))
    return _form(request, basket, said, errors_of(reply, said), known)


def _form(
    request: web.Request,
    basket: Basket,
    said: Mapping[str, str],
    errors: Mapping[str, str],
    known: Purchase | None,
) -> web.Response:
    return page(
        request,
        "details.html",
        status=422 if errors else 200,
        basket=basket if known is None else basket.become(known),
        said=said,
        errors=errors,
        opened=known is not None,
    )


PAGES = (
    Page("GET", "/", show),
    Page("GET", "/shop/details", details),
    Page("POST", "/shop/purchases", order),
)
