"""What a browser can open: the page behind a redirect, and the file behind a link."""

import hmac

from aiohttp import web

from .dropin import add_drop_in
from .errors import Refusal
from .files import read_link
from .keys import DELIVERY, WORLD
from .outcome import abandon, pay
from .paper import origin_of, page, static
from .prebuilt import buy, find_session
from .sources import refresh_session
from .wire import Json, dumps
from .world import Order, Source, World

_PUBLIC = ("id", "type", "flow", "state", "amount", "currency", "expirationTime")


def add_pages(app: web.Application) -> None:
    """Add the pages, which need no key."""
    add_drop_in(app)
    app.router.add_get("/static/{name}", static)
    app.router.add_get("/payments/sources/{id}", _tell)
    app.router.add_get("/payments/redirects/{id}", _show)
    app.router.add_post("/payments/redirects/{id}", _answer)
    app.router.add_get("/links/{id}", _download)
    app.router.add_get("/checkout-sessions/{id}", _show_session)
    app.router.add_post("/checkout-sessions/{id}", _buy)


async def _show(request: web.Request) -> web.Response:
    source = _source(request)
    forms = {origin_of(source.return_url), origin_of(source.cancel_url)}
    return page(
        "redirect.html",
        forms=" ".join(sorted(forms)),
        kind=source.doc["type"],
        state=source.doc["state"].replace("_", " "),
    )


async def _tell(request: web.Request) -> web.Response:
    """Give what DigitalRiver.js's `retrieveSource` shows to whoever has the client secret."""
    source = request.app[WORLD].sources.get(request.match_info["id"])
    said = request.query.get("clientSecret", "").encode()
    if source is None or not hmac.compare_digest(said, source.doc["clientSecret"].encode()):
        raise web.HTTPNotFound
    names = (*_PUBLIC, source.doc["type"])
    shown = {name: source.doc[name] for name in names if name in source.doc}
    return web.Response(body=dumps(shown), content_type="application/json")


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
    return page("checkout.html", forms=_after_buying(request), done=done)


async def _buy(request: web.Request) -> web.Response:
    world, session = request.app[WORLD], _session(request)
    try:
        buy(world, session, {})
    except Refusal as refusal:
        return web.Response(status=refusal.status, text="This cannot be bought.")
    await request.app[DELIVERY].dispatch()
    back = (session["request"].get("redirects") or {}).get("successUrl")
    if back is None:
        return page("checkout.html", done=True)
    raise web.HTTPSeeOther(back)


def _after_buying(request: web.Request) -> str:
    return origin_of((_session(request)["request"].get("redirects") or {}).get("successUrl"))


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
