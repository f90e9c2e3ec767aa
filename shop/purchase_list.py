"""All purchases, newest first: what they wait for, and which of them need a person."""

from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import hdrs, web

from ferryman.purchase.purchase import Purchase
from ferryman.purchase.states import State

from .awaited import WHY
from .routes import Page
from .window import client_of, page

_LIMIT = 20
_PATH = "/shop/purchases"


async def purchases(request: web.Request) -> web.Response:
    """Show a page of purchases, of one state or all, of those that need attention or all."""
    asked = {
        name: request.query[name]
        for name in ("state", "needsAttention", "startingAfter")
        if request.query.get(name)
    }
    reply = await client_of(request).get("/purchases", limit=str(_LIMIT), **asked)
    found = [Purchase.model_validate(each) for each in reply.body["data"]]
    chosen = {name: value for name, value in asked.items() if name != "startingAfter"}
    older = {**chosen, "startingAfter": found[-1].id} if reply.body["hasMore"] else None
    return page(
        request,
        "purchases.html",
        purchases=found,
        states=tuple(State),
        why=WHY,
        state=asked.get("state", ""),
        attention=asked.get("needsAttention", ""),
        older=_address(older) if older else None,
        newest=_address(chosen) if "startingAfter" in asked else None,
    )


def _address(chosen: Mapping[str, str]) -> str:
    return f"{_PATH}?{urlencode(chosen)}" if chosen else _PATH


PAGES = (Page(hdrs.METH_GET, _PATH, purchases),)
