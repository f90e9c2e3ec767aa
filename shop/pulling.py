"""Pulls a purchase's levers: at the sandbox by its controls, on the purchase by the API."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from aiohttp import hdrs, web
from multidict import MultiDictProxy

from .client import Json, path_of
from .controls import controls_of
from .levers import Pull
from .purchase_page import Problem, show
from .routes import Page
from .telling import word_of
from .trouble import Trouble
from .window import client_of, see_other

_ACCEPTED, _CONFLICT, _UNPROCESSABLE = 202, 409, 422
_AT_SANDBOX: Mapping[Pull, tuple[str, dict[str, str]]] = {
    Pull.PAY: ("pay", {}),
    Pull.LEAVE: ("abandon", {}),
    Pull.APPROVE: ("review", {"decision": "pass"}),
    Pull.BLOCK: ("review", {"decision": "block"}),
    Pull.DISPUTE: ("dispute", {}),
    Pull.RESOLVE: ("resolve", {}),
}

Form = MultiDictProxy[Any]


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
    lost = await controls.rules(purchase_id)
    action, body = _AT_SANDBOX[lever]
    why_not = await controls.act(purchase_id, action, body)
    if why_not is not None:
        return await show(request, Problem(lever, why_not), _CONFLICT)
    return _back(purchase_id, "unheard" if lost else "asked")


async def _listen(request: web.Request, purchase_id: str, lever: Pull) -> web.Response:
    controls = controls_of(request)
    if lever is Pull.LOSE:
        await controls.lose_webhooks(purchase_id)
        return _back(purchase_id, "deaf")
    await controls.hear_webhooks(purchase_id)
    return _back(purchase_id, "hears")


async def _call(request: web.Request, purchase_id: str, lever: Pull) -> web.Response:
    form = await request.post()
    try:
        call, body = _ASKED[lever](form)
    except (ValueError, InvalidOperation):
        problem = Problem(lever, "Numbers are needed here, such as 2 or 12.50.")
        return await show(request, problem, _UNPROCESSABLE)
    client = client_of(request)
    reply = await client.act(purchase_id, call, body)
    if reply.status == _ACCEPTED:
        return _back(purchase_id, word_of(await client.purchase(purchase_id)))
    if reply.taken:
        return _back(purchase_id, "done")
    reasons = " ".join([reply.detail, *(f"{each}." for each in reply.errors.values())])
    return await show(request, Problem(lever, reasons), reply.status)


def _ship(form: Form) -> tuple[str, Json]:
    lines, quantities = form.getall("line", []), form.getall("quantity", [])
    asked = zip(map(str, lines), map(_count, quantities), strict=True)
    items = [{"lineId": line, "quantity": quantity} for line, quantity in asked if quantity]
    return "fulfillments", {"shipmentId": str(form.get("parcel", "")), "items": items}


def _cancel(form: Form) -> tuple[str, Json]:
    del form
    return "cancel", {"by": "merchant", "reason": "cancelled on the purchase page"}


def _refund(form: Form) -> tuple[str, Json]:
    amount = Decimal(str(form.get("amount", "")).strip())
    if not amount.is_finite():
        raise ValueError("an amount is finite")
    own = {"refundId": str(form.get("refund", "")), "reason": "refunded on the purchase page"}
    return "refunds", {**own, "amount": amount}


def _count(said: object) -> int:
    return int(str(said).strip() or "0")


_ASKED = {Pull.SHIP: _ship, Pull.CANCEL: _cancel, Pull.REFUND: _refund}


def _back(purchase_id: str, told: str) -> web.Response:
    return see_other(f"/shop{path_of(purchase_id)}?told={told}#told")


PAGES = (Page(hdrs.METH_POST, "/shop/purchases/{id}/levers/{lever}", pull),)
