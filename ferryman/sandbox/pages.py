"""What a browser can open: the page behind a redirect, and the file behind a link."""

from aiohttp import web

from .errors import Refusal
from .files import read_link
from .keys import DELIVERY, WORLD
from .outcome import abandon, pay
from .prebuilt import buy, find_session
from .sources import refresh_session
from .wire import Json
from .world import Order, Source, World

_PAGE = """<!doctype html><meta charset="utf-8"><title>Sandbox payment</title>
<h1>Sandbox payment</h1><p>{kind}, {state}</p>
<form method="post"><button name="answer" value="approve">Approve</button>
<button name="answer" value="cancel">Cancel</button></form>"""

_SHOP = """<!doctype html><meta charset="utf-8"><title>Sandbox checkout</title>
<h1>Sandbox checkout</h1><form method="post"><button>Buy</button></form>"""
_THANKS = """<!doctype html><meta charset="utf-8"><title>Sandbox checkout</title>
<h1>Thank you</h1>"""


def add_pages(app: web.Application) -> None:
    """Add the pages, which need no key."""
    app.router.add_get("/payments/redirects/{id}", _show)
    app.router.add_post("/payments/redirects/{id}", _answer)
    app.router.add_get("/links/{id}", _download)
    app.router.add_get("/checkout-sessions/{id}", _show_session)
    app.router.add_post("/checkout-sessions/{id}", _buy)


async def _show(request: web.Request) -> web.Response:
    source = _source(request)
    page = _PAGE.format(kind=source.doc["type"], state=source.doc["state"])
    return web.Response(text=page, content_type="text/html")


async def _answer(request: web.Request) -> web.Response:
    world, source = request.app[WORLD], _source(request)
    approved = (await request.post()).get("answer") == "approve"
    order = _order(world, source)
    if order is not None:
        _carry_on(world, order, approved=approved)
    elif source.doc["state"] == "pending_redirect":
        source.doc["state"] = "chargeable" if approved else "failed"
        _refresh_sessions(world, source)
    await request.app[DELIVERY].dispatch()
    back = source.return_url if approved else source.cancel_url or source.return_url
    if back is None:
        return web.Response(text="Thank you. You may close this page.")
    raise web.HTTPSeeOther(back)


async def _show_session(request: web.Request) -> web.Response:
    done = "orderId" in _session(request)
    return web.Response(text=_THANKS if done else _SHOP, content_type="text/html")


async def _buy(request: web.Request) -> web.Response:
    world, session = request.app[WORLD], _session(request)
    try:
        buy(world, session, {})
    except Refusal as refusal:
        return web.Response(status=refusal.status, text="This cannot be bought.")
    await request.app[DELIVERY].dispatch()
    back = (session["request"].get("redirects") or {}).get("successUrl")
    if back is None:
        return web.Response(text=_THANKS, content_type="text/html")
    raise web.HTTPSeeOther(back)


def _session(request: web.Request) -> Json:
    try:
        return find_session(request.app[WORLD], request.match_info["id"])
    except Refusal as refusal:
        raise web.HTTPNotFound from refusal


async def _download(request: web.Request) -> web.Response:
    try:
        content = read_link(request.app[WORLD], request.match_info["id"])
    except Refusal as refusal:
        raise web.HTTPNotFound from refusal
    return web.Response(body=content, content_type="application/pdf")


def _carry_on(world: World, order: Order, *, approved: bool) -> None:
    if order.state != "pending_payment":
        return
    if approved:
        pay(world, order, review=False)
    else:
        abandon(world, order)


def _refresh_sessions(world: World, source: Source) -> None:
    for checkout in world.checkouts.values():
        if source in checkout.sources:
            refresh_session(world, checkout)


def _source(request: web.Request) -> Source:
    source = request.app[WORLD].sources.get(request.match_info["id"])
    if source is None or source.doc.get("flow") != "redirect":
        raise web.HTTPNotFound
    return source


def _order(world: World, source: Source) -> Order | None:
    return next((one for one in world.orders.values() if source in one.sources), None)
