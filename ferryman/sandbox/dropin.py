"""A stand-in for Digital River's Drop-in: it makes the source, and the shop is told its id only.

The shop frames it. Whatever the shopper enters stays here, as with the real one; what was made goes
to the page around it by a message, to that page's exact origin.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web

from ferryman.loopback import is_loopback

from .browser import create_browser_source
from .errors import Refusal
from .keys import DELIVERY, WORLD
from .menu import card_of, cards, methods, saved_of
from .paper import origin_of, page
from .sources import checkout_of_session
from .wire import Json
from .world import Checkout, World

_REFUSED = "This cannot be used. Please choose another way to pay."


@dataclass(frozen=True)
class _Visit:
    """Whose checkout is to be paid, and where the shopper goes back to."""

    world: World
    checkout: Checkout
    back: str

    @property
    def origin(self) -> str:
        """The page around this one."""
        return origin_of(self.back)


def add_drop_in(app: web.Application) -> None:
    """Add the drop-in, which needs no key: a payment session's id is secret enough."""
    app.router.add_get("/drop-in", _show)
    app.router.add_post("/drop-in", _make)


async def _show(request: web.Request) -> web.Response:
    return _form(_visit(request, dict(request.query)), "")


async def _make(request: web.Request) -> web.Response:
    form = {name: value for name, value in (await request.post()).items() if isinstance(value, str)}
    visit = _visit(request, form)
    kind = form.get("method", "")
    if kind not in {each.kind for each in methods(visit.world, visit.checkout)}:
        return _form(visit, "Please choose a way to pay.")
    saved = saved_of(kind)
    if saved is not None:
        return _hand_over(visit, {"sourceId": saved, "type": "saved"})
    keeps = form.get("save") == "yes"
    try:
        source = create_browser_source(visit.world, _wanted(visit, kind, form)).body
    except Refusal:
        return _form(visit, _REFUSED)
    await request.app[DELIVERY].dispatch()
    made = {"sourceId": source["id"], "type": kind, "readyForStorage": keeps}
    return _hand_over(visit, made)


def _visit(request: web.Request, said: dict[str, str]) -> _Visit:
    world, back = request.app[WORLD], said.get("return", "")
    try:
        here = is_loopback(urlsplit(back).hostname or "")
    except ValueError:
        here = False
    if not here or not origin_of(back):
        raise web.HTTPBadRequest(text="There is no shop to go back to.")
    try:
        checkout = checkout_of_session(world, said.get("session", ""))
    except Refusal as refusal:
        raise web.HTTPNotFound(text="There is nothing to pay.") from refusal
    return _Visit(world, checkout, back)


def _form(visit: _Visit, error: str) -> web.Response:
    request = visit.checkout.request
    return page(
        "drop-in.html",
        status=422 if error else 200,
        frames=visit.origin,
        session=visit.checkout.session.id,
        back=visit.back,
        origin=visit.origin,
        methods=methods(visit.world, visit.checkout),
        cards=cards(),
        registered=request.get("customerId") is not None,
        error=error,
    )


def _hand_over(visit: _Visit, made: Json) -> web.Response:
    return page("handed.html", frames=visit.origin, origin=visit.origin, made=made)


def _wanted(visit: _Visit, kind: str, form: dict[str, str]) -> Json:
    """What a browser would send: the shopper is billed where the checkout says."""
    card = card_of(form.get("card", "")) if kind == "creditCard" else None
    wanted: Json = {
        "type": kind,
        "paymentSessionId": visit.checkout.session.id,
        "owner": _owner(visit.checkout.request, card.last_name if card else None),
        "returnUrl": visit.back,
        "cancelUrl": visit.back,
        "readyForStorage": form.get("save") == "yes",
    }
    if card is not None:
        details = {"number": card.number, "expirationMonth": 12, "expirationYear": 2031}
        wanted["card"] = details
    return wanted


def _owner(request: Json, last_name: str | None) -> Json:
    contact = request.get("billTo") or request.get("shipTo") or {}
    first, _, last = str(contact.get("name", "")).rpartition(" ")
    address = contact.get("address") or {"country": "DE"}
    return {
        "firstName": first or last,
        "lastName": last_name or last,
        "email": contact.get("email") or request.get("email"),
        "address": address,
    }
