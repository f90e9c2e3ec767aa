"""The shop's first page: what there is to buy, in the currency of a market."""

from aiohttp import web

from .goods import GOODS, MARKETS, market_of
from .routes import Page
from .window import page


async def show(request: web.Request) -> web.Response:
    """Show the goods."""
    market = market_of(request.query.get("market"))
    return page(request, "shop.html", goods=GOODS, markets=MARKETS, market=market)


PAGES = (Page("GET", "/", show),)
