"""The page of one purchase: where it stands, why, what it may do next, and how it came there."""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from aiohttp import hdrs, web

from ferryman.money import quantize
from ferryman.purchase.purchase import Purchase, workflow_id
from ferryman.purchase.timeline import TimelineEntry

from .awaited import WHY
from .client import path_of
from .controls import controls_of
from .diagram import draw
from .instructions import instructions_of
from .ledger import ledger_of
from .levers import Pull, levers_of
from .routes import Page
from .telling import PASSING, TOLD
from .timeline import Entry, states_of
from .window import WINDOW, client_of, page


@dataclass(frozen=True)
class Problem:
    """Why a lever did not work, in words; the page shows it beside that lever."""

    pull: Pull
    words: str


async def purchase_page(request: web.Request) -> web.Response:
    """Show the purchase."""
    return await show(request)


async def fragment(request: web.Request) -> web.Response:
    """Show the parts of the page that change, for the page itself to put in their places."""
    return page(request, "_purchase.html", **await _given(request, None))


async def show(
    request: web.Request, problem: Problem | None = None, status: int = 200
) -> web.Response:
    """Show the purchase, and the problem with a lever where there was one."""
    return page(request, "purchase.html", status, **await _given(request, problem))


async def _given(request: web.Request, problem: Problem | None) -> dict[str, Any]:
    purchase_id = request.match_info["id"]
    client = client_of(request)
    # In this order: what the timeline tells by now, the purchase shows as well.
    reply = await client.get(f"{path_of(purchase_id)}/timeline")
    entries = [Entry.of(TimelineEntry.model_validate(each)) for each in reply.body["data"]]
    purchase = await client.purchase(purchase_id)
    told = request.query.get("told", "")
    lost = await controls_of(request).rules(purchase_id)
    return {
        "purchase": purchase,
        "currency": purchase.checkout.currency if purchase.checkout else "",
        "left": _left(purchase),
        "diagram": draw(purchase.state, states_of(entries)),
        "why": WHY.get(purchase.waiting_for.what) if purchase.waiting_for else None,
        "ledger": ledger_of(purchase),
        "instructions": await instructions_of(request, purchase.next_action),
        "entries": entries,
        "last": entries[-1].sequence if entries else 0,
        "levers": levers_of(purchase, sandbox=lost is not None, deaf=bool(lost)),
        "deaf": bool(lost),
        "parcel": _new_id("parcel"),
        "refund": _new_id("refund"),
        "told": TOLD.get(told),
        "passing": told in PASSING,
        "problem": problem,
        "temporal": _workflow(request.app[WINDOW].temporal_ui, purchase),
    }


def _left(purchase: Purchase) -> str:
    """What can still be given back, as it is typed."""
    amount = purchase.order.available_to_refund_amount if purchase.order else None
    if amount is None or purchase.checkout is None:
        return ""
    return str(quantize(amount, purchase.checkout.currency))


def _new_id(word: str) -> str:
    """An id that only this form has, so that sending it twice does it once.

    Two pages that show the same purchase must not take the same one for different parcels.
    """
    return f"{word}-{secrets.token_hex(4)}"


def _workflow(ui: str, purchase: Purchase) -> str:
    workflow = quote(workflow_id(purchase.id), safe="")
    return f"{ui}/workflows/{workflow}"


PAGES = (
    Page(hdrs.METH_GET, "/shop/purchases/{id}", purchase_page),
    Page(hdrs.METH_GET, "/shop/purchases/{id}/fragment", fragment),
)
