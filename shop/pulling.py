"""Pulls a purchase's levers: at the sandbox by its controls, on the purchase by the API."""

import re
from collections.abc import Mapping
from decimal import Decimal

from aiohttp import hdrs, web

from ferryman.purchase.purchase import Purchase

from .client import Json, path_of
from .controls import controls_of
from .forms import Form, posted
from .levers import Pull
from .purchase_page import Problem, show
from .routes import Page
from .telling import word_of
from .trouble import Trouble
from .window import client_of, see_other

# Three digits behind a comma are thousands to some.
_AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3}|,[0-9]{1,2})?")
_COUNT = re.compile(r"[0-9]{0,6}")
_OTHER_PARCEL = (
    "Nothing was done: this form had shipped a parcel before, with other pieces. It is a new one"
    " now; look again what is open."
)
_ACCEPTED, _CONFLICT, _UNPROCESSABLE = 202, 409, 422
_AT_SANDBOX: Mapping[Pull, tuple[str, dict[str, str]]] = {
    Pull.PAY: ("pay", {}),
    Pull.LEAVE: ("abandon", {}),
    Pull.APPROVE: ("review", {"decision": "pass"}),
    Pull.BLOCK: ("review", {"decision": "block"}),
    Pull.DISPUTE: ("dispute", {}),
    Pull.RESOLVE: ("resolve", {}),
}


async def pull(request: web.Request) -> web.Response:
    """Do what one lever does, and show the purchase again with what became of it."""
    purchase_id, lever = request.match_info["id"], _lever(request)
    # Nothing is done to an order whose purchase is not there to be shown.
    await client_of(request).purchase(purchase_id)
    if lever in _AT_SANDBOX:
        return await _act(request, purchase_id, lever)
    if lever in {Pull.LOSE, Pull.HEAR}:
        return await _listen(request, purchase_id, lever)
    return await _call(request, purchase_id, lever)


def _lever(request: web.Request) -> Pull:
    try:
        return Pull(request.match_info["lever"])
    except ValueError as error:
        raise Trouble(404) from error


async def _act(request: web.Request, purchase_id: str, lever: Pull) -> web.Response:
    controls = controls_of(request)
    lost = await controls.check(purchase_id)
    action, body = _AT_SANDBOX[lever]
    why_not = await controls.act(purchase_id, action, body)
    if why_not is not None:
        return await show(request, Problem(lever, why_not), _CONFLICT)
    return _back(purchase_id, "unheard" if lost else "asked")


async def _listen(request: web.Request, purchase_id: str, lever: Pull) -> web.Response:
    controls = controls_of(request)
    await controls.check(purchase_id)
    if lever is Pull.LOSE:
        await controls.lose_webhooks(purchase_id)
        return _back(purchase_id, "deaf")
    await controls.hear_webhooks(purchase_id)
    return _back(purchase_id, "hears")


async def _call(request: web.Request, purchase_id: str, lever: Pull) -> web.Response:
    form = await posted(request)
    try:
        call, body = _ASKED[lever](form)
    except ValueError:
        problem = Problem(lever, "Numbers are needed here, such as 2 or 12.50.")
        return await show(request, problem, _UNPROCESSABLE)
    client = client_of(request)
    reply = await client.act(purchase_id, call, body)
    if not reply.taken:
        return await show(request, Problem(lever, reply.why_not), reply.status)
    if lever is Pull.SHIP and _is_other(reply.purchase, body):
        return await show(request, Problem(lever, _OTHER_PARCEL), _CONFLICT)
    if reply.status == _ACCEPTED:
        return _back(purchase_id, word_of(await client.purchase(purchase_id)))
    return _back(purchase_id, "done")


def _is_other(purchase: Purchase, asked: Json) -> bool:
    """Tell whether the API knows this parcel with other pieces, and so has done nothing."""
    wanted = sorted((each["lineId"], each["quantity"]) for each in asked["items"])
    return any(
        wanted != sorted((item.line_id, item.quantity) for item in parcel.items)
        for parcel in purchase.fulfillments
        if parcel.shipment_id == asked["shipmentId"]
    )


def _ship(form: Form) -> tuple[str, Json]:
    lines, quantities = form.getall("line", []), form.getall("quantity", [])
    asked = zip(map(str, lines), map(_count, quantities), strict=True)
    items = [{"lineId": line, "quantity": quantity} for line, quantity in asked if quantity]
    return "fulfillments", {"shipmentId": str(form.get("parcel", "")), "items": items}


def _cancel(form: Form) -> tuple[str, Json]:
    del form
    return "cancel", {"by": "merchant", "reason": "cancelled on the purchase page"}


def _refund(form: Form) -> tuple[str, Json]:
    amount = _amount(form.get("amount", ""))
    own = {"refundId": str(form.get("refund", "")), "reason": "refunded on the purchase page"}
    return "refunds", {**own, "amount": amount}


def _amount(said: object) -> Decimal:
    text = str(said).strip()
    if not _AMOUNT.fullmatch(text):
        raise ValueError("no amount")
    return Decimal(text.replace(",", "."))


def _count(said: object) -> int:
    text = str(said).strip()
    if not _COUNT.fullmatch(text):
        raise ValueError("no number of pieces")
    return int(text or "0")


_ASKED = {Pull.SHIP: _ship, Pull.CANCEL: _cancel, Pull.REFUND: _refund}


def _back(purchase_id: str, told: str) -> web.Response:
    return see_other(f"/shop{path_of(purchase_id)}?told={told}#told")


PAGES = (Page(hdrs.METH_POST, "/shop/purchases/{id}/levers/{lever}", pull),)
