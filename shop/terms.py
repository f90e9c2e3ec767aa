"""The terms of sale that are accepted with an order."""

from aiohttp import web

from .routes import Page
from .window import client_of, page


async def terms(request: web.Request) -> web.Response:
    """Show the terms, with the company named that sells where a purchase is given."""
    purchase_id = request.query.get("purchase")
    purchase = await client_of(request).purchase(purchase_id) if purchase_id else None
    checkout = purchase.checkout if purchase else None
    seller = checkout.selling_entity if checkout else None
    return page(request, "terms.html", seller=seller.name if seller else None)


PAGES = (Page("GET", "/shop/terms", terms),)
