"""The calls that change a purchase, as routes: what each takes, and when two are the same act."""

import uuid
from typing import Any

from aiohttp import web
from pydantic import BaseModel

from ferryman.purchase.base import Noun
from ferryman.purchase.messages import (
    Cancellation,
    KeyedCancellation,
    Shipment,
    SourceChoice,
    Submission,
)
from ferryman.purchase.parcels import is_ours
from ferryman.purchase.purchase import Purchase
from ferryman.purchase.request import Change
from ferryman.purchase.rules import Call
from ferryman.setting_types import Scope

from .acts import Act, known_shipment
from .bodies import read_as, read_json, read_optional_json
from .errors import invalid
from .idempotency import fingerprint, optional_key_of
from .keys import ACTING
from .purchases import purchase_of
from .routes import Handler, Route

_REFUSES = (400, 404, 408, 409, 413, 415, 422, 429, 503)


class Nothing(Noun):
    """A body that says nothing."""


async def patch(request: web.Request) -> web.Response:
    """Change what Digital River lets a checkout change, or have another one built."""
    document = await read_json(request)
    change = read_as(Change, document)
    _check_says_something(document)
    purchase = await purchase_of(request)
    act = Act(Call.PATCH, change, (document, purchase.version))
    return await request.app[ACTING].perform(purchase, act)


async def source(request: web.Request) -> web.Response:
    """Attach the shopper's payment source."""
    document = await read_json(request)
    choice = read_as(SourceChoice, document)
    purchase = await purchase_of(request)
    act = Act(Call.SOURCE, choice, (document, purchase.version))
    return await request.app[ACTING].perform(purchase, act)


async def submit(request: web.Request) -> web.Response:
    """Create the order."""
    document = await read_json(request)
    submission = read_as(Submission, document)
    purchase = await purchase_of(request)
    act = Act(Call.SUBMIT, submission, (document, purchase.version))
    return await request.app[ACTING].perform(purchase, act)


async def refresh(request: web.Request) -> web.Response:
    """Look what came of a redirect: each time anew."""
    read_as(Nothing, await read_optional_json(request))
    purchase = await purchase_of(request)
    act = Act(Call.REFRESH, None, (uuid.uuid4().hex,))
    return await request.app[ACTING].perform(purchase, act)


async def fulfillments(request: web.Request) -> web.Response:
    """Report what was shipped; a shipment that is known changes nothing."""
    document = await read_json(request)
    shipment = read_as(Shipment, document)
    if is_ours(shipment.shipment_id):
        raise invalid(("/shipmentId", "Ferryman's own shipments are named so; take another id"))
    purchase = await purchase_of(request)
    known = known_shipment(purchase, shipment)
    if known is not None:
        return known
    act = Act(Call.FULFILLMENTS, shipment, (document, purchase.version))
    return await request.app[ACTING].perform(purchase, act)


async def cancel(request: web.Request) -> web.Response:
    """Cancel; the same body, or the same key where one is given, is the same cancellation."""
    key = optional_key_of(request)
    document = await read_json(request)
    cancellation = KeyedCancellation(
        **dict(read_as(Cancellation, document)), key=None if key is None else fingerprint(key)
    )
    purchase = await purchase_of(request)
    identity: tuple[Any, ...] = (document,) if key is None else ("key", key)
    act = Act(Call.CANCEL, cancellation, identity)
    return await request.app[ACTING].perform(purchase, act)


def _check_says_something(document: dict[str, Any]) -> None:
    if not document:
        raise invalid(("", "nothing to change"))
    nothing = [name for name, value in document.items() if value is None]
    if nothing:
        raise invalid(*((f"/{name}", "cannot be taken away; leave it out") for name in nothing))


def _route(
    method: str, path: str, handler: Handler, summary: str, takes: type[BaseModel] | None
) -> Route:
    return Route(
        method=method,
        path=f"/purchases/{{id}}{path}",
        handler=handler,
        access=Scope.WRITE,
        summary=summary,
        takes=takes,
        gives={200: Purchase, 202: Purchase},
        refuses=_REFUSES,
    )


ROUTES = (
    _route("PATCH", "", patch, "Change the purchase before submission", Change),
    _route("PUT", "/source", source, "Attach the shopper's payment source", SourceChoice),
    _route("POST", "/submit", submit, "Create the order", Submission),
    _route("POST", "/refresh", refresh, "The shopper is back from a redirect", None),
    _route("POST", "/fulfillments", fulfillments, "Report what was shipped or not", Shipment),
    _route("POST", "/cancel", cancel, "Cancel the purchase or some lines", Cancellation),
)
