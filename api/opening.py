"""Opening a purchase: one workflow for one key, however often and however many at once ask."""

import secrets
import string
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from aiohttp import web
from pydantic import ValidationError
from structlog.contextvars import bind_contextvars

from ferryman.purchase.lines import ordered
from ferryman.purchase.messages import Begin
from ferryman.purchase.parties import Origin
from ferryman.purchase.purchase import Purchase, WaitingFor
from ferryman.purchase.request import PurchaseRequest
from ferryman.purchase.rules import ALLOWED
from ferryman.purchase.states import State
from ferryman.records import Claim, PurchaseExists, Records
from ferryman.search_attributes import FIRST_WAIT
from ferryman.setting_types import Scope

from . import idempotency
from .answers import body_of, location, so_far
from .bodies import read_json
from .engine import Away, Busy, Closed, Engine, EngineError, Pending, Refused, Taken
from .errors import Kind, Problem, from_validation, unavailable
from .keys import ENGINE, POLICY, RECORDS, SHIP_FROM
from .refusals import busy, refusal_of
from .routes import Route

_SECONDS = 3.0
_TO_FIND_OUT = 1.0
_ALPHABET = string.ascii_letters + string.digits


async def create(request: web.Request) -> web.Response:
    """Open a purchase, or answer again what its key was answered."""
    key = idempotency.key_of(request)
    document = await read_json(request)
    wanted = _read(document)
    claim = await _claim(request.app[RECORDS], key, document, wanted)
    bind_contextvars(purchase_id=claim.purchase_id)
    if claim.answer is not None:
        return _created(claim, claim.answer)
    begin = Begin(
        id=claim.purchase_id,
        request=_from_somewhere(wanted, request.app.get(SHIP_FROM)),
        policy=request.app[POLICY],
    )
    return await Opening(request.app[ENGINE], request.app[RECORDS], claim, begin).answer()


class Opening:
    """One request for a purchase whose key has no answer yet."""

    def __init__(self, engine: Engine, records: Records, claim: Claim, begin: Begin) -> None:
        self._engine = engine
        self._records = records
        self._claim = claim
        self._begin = begin

    async def answer(self) -> web.Response:
        """Start the workflow unless it was, and answer with what it made."""
        known = await self._records.get(self._begin.id)
        # After a 202, or after a refused checkout was mended, the record has the answer.
        if known is None or known.checkout is None:
            try:
                await self._engine.begin(self._begin, _SECONDS)
            except Refused as refused:
                raise self._at_purchase(refusal_of(refused)) from refused
            except Busy as error:
                raise busy() from error
            except (Pending, Away) as error:
                return await self._not_ready(error)
            except (Taken, Closed):
                pass
        return await self._ready()

    async def _ready(self) -> web.Response:
        purchase = await self._records.get(self._begin.id)
        if purchase is None:
            # Temporal remembers a purchase that the records do not: they are not of one making.
            raise Problem(Kind.CONFLICT, "A purchase of this id has been and is not on record.")
        kept = await self._records.answer(self._claim.key, body_of(purchase))
        return _created(self._claim, kept)

    async def _not_ready(self, error: EngineError) -> web.Response:
        """Find out whether the purchase exists; the claim stays, so a repeat cannot double it."""
        try:
            started = await self._engine.started(self._begin.id, _TO_FIND_OUT)
        except EngineError:
            started = False
        if not started:
            raise unavailable("The purchase could not be started; repeat it.") from error
        await self._records.save(_first(self._begin), [])
        purchase = await self._records.get(self._begin.id)
        if purchase is None:
            raise unavailable("The purchase is not on record yet; repeat it.") from error
        response = so_far(purchase)
        response.headers.update(_headers(self._claim))
        return response

    def _at_purchase(self, problem: Problem) -> Problem:
        # The purchase waits to be mended: the caller has to learn where.
        problem.instance = location(self._begin.id)
        problem.headers = {**problem.headers, "Location": problem.instance}
        return problem


def _read(document: Any) -> PurchaseRequest:
    try:
        return PurchaseRequest.read(document)
    except ValidationError as error:
        raise from_validation(error, document) from error


async def _claim(records: Records, key: str, document: Any, wanted: PurchaseRequest) -> Claim:
    purchase_id = wanted.upstream_id or _made_up()
    fingerprint = idempotency.fingerprint(document)
    try:
        claim = await records.claim(key, fingerprint, purchase_id)
    except PurchaseExists as error:
        detail = f"Another purchase has the upstreamId {purchase_id}."
        raise Problem(Kind.CONFLICT, detail) from error
    if claim.fingerprint != fingerprint:
        raise Problem(Kind.KEY_REUSED, "This key came with another body before.")
    return claim


def _made_up() -> str:
    return "p" + "".join(secrets.choice(_ALPHABET) for _ in range(20))


def _from_somewhere(wanted: PurchaseRequest, default: Origin | None) -> PurchaseRequest:
    """Physical goods come from the merchant's usual place where the request names none."""
    virtual = all(item.physical is False for item in wanted.items)
    if default is None or wanted.ship_from is not None or virtual:
        return wanted
    return wanted.model_copy(update={"ship_from": default})


def _first(begin: Begin) -> Purchase:
    now = datetime.now(UTC)
    return Purchase(
        id=begin.id,
        state=State.CHECKOUT,
        version=0,
        created_time=now,
        updated_time=now,
        waiting_for=WaitingFor(
            what=FIRST_WAIT,
            until=now + begin.policy.checkout_window,
            allowed=tuple(call.value for call in ALLOWED[State.CHECKOUT]),
        ),
        items=ordered(begin.request.items),
    )


def _headers(claim: Claim) -> dict[str, str]:
    replayed = {} if claim.first else {idempotency.REPLAYED: "true"}
    return {"Location": location(claim.purchase_id), **replayed}


def _created(claim: Claim, body: bytes) -> web.Response:
    return web.Response(
        status=HTTPStatus.CREATED,
        body=body,
        content_type="application/json",
        headers=_headers(claim),
    )


ROUTES = (
    Route(
        method="POST",
        path="/purchases",
        handler=create,
        access=Scope.WRITE,
        summary="Open a purchase and build its checkout",
        takes=PurchaseRequest,
        gives={201: Purchase, 202: Purchase},
        refuses=(400, 408, 409, 413, 415, 422, 429, 503),
        keyed=True,
    ),
)
