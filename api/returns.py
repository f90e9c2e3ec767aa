"""Returns: announcing goods that come back, accepting them, and reading what became of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web

from ferryman.purchase.base import Noun
from ferryman.purchase.purchase import Purchase, Return, ReturnState
from ferryman.purchase.returns import (
    Acceptance,
    BeginReturn,
    ReturnRequest,
    not_acceptable,
    workflow_id,
)
from ferryman.purchase.rules import Call
from ferryman.setting_types import Scope

from .after_sale import Question, order_of
from .answers import answer, location
from .bodies import read_as, read_json, read_optional_json
from .errors import Kind, Problem, invalid, not_found
from .keys import AFTER_SALES, POLICY, RECORDS
from .purchases import purchase_of
from .routes import Handler, Route

_REFUSES = (400, 404, 408, 409, 413, 415, 422, 429, 503)
_NOT_OUT = frozenset({ReturnState.REQUESTED, ReturnState.HELD})
_PATH = "/purchases/{id}/returns"


class Returns(Noun):
    """All returns of a purchase, oldest first."""

    has_more: bool = False
    data: Sequence[Return]


async def announce(request: web.Request) -> web.Response:
    """Announce goods that come back; the same returnId with the same body changes nothing."""
    wanted = read_as(ReturnRequest, await read_json(request))
    purchase = await purchase_of(request)
    known = _known(purchase, wanted.return_id)
    if known is not None and not wanted.is_of(known):
        raise invalid(("/returnId", "came with another request before"))
    if known is None or known.state in _NOT_OUT:
        begin = _begin(request, purchase, wanted).model_copy(update={"again": known is not None})
        asked = await request.app[AFTER_SALES].ask(_question(begin, "announce", wanted))
        known = asked or await _read(request, purchase.id, wanted.return_id)
        known = known or begin.asked_for(datetime.now(UTC))
    elif known.state is ReturnState.CREATED:
        begin = _begin(request, purchase, wanted).model_copy(update={"adopts": known.id})
        await request.app[AFTER_SALES].take_up(_question(begin, "announce", wanted))
    status = HTTPStatus.ACCEPTED if known.state in _NOT_OUT else HTTPStatus.CREATED
    response = answer(known, status)
    # The id may hold what a path may not.
    path = quote(known.return_id, safe="")
    response.headers["Location"] = f"{location(purchase.id)}/returns/{path}"
    return response


async def accept(request: web.Request) -> web.Response:
    """Say what has come back; Digital River refunds once it is everything."""
    accepted = read_as(Acceptance, await read_optional_json(request))
    purchase = await purchase_of(request)
    known = _named(purchase, request)
    _check(accepted, known)
    if not _is_accepted(accepted, known):
        begin = BeginReturn(
            purchase_id=purchase.id,
            order_id=order_of(purchase, Call.RETURNS),
            return_id=known.return_id,
            adopts=known.id,
            policy=request.app[POLICY],
        )
        asked = await request.app[AFTER_SALES].ask(_question(begin, "accept", accepted))
        known = asked or await _read(request, purchase.id, known.return_id) or known
    done = _is_accepted(accepted, known)
    return answer(known, HTTPStatus.OK if done else HTTPStatus.ACCEPTED)


async def list_all(request: web.Request) -> web.Response:
    """Answer the returns of a purchase."""
    return answer(Returns(data=(await purchase_of(request)).returns))


async def show(request: web.Request) -> web.Response:
    """Answer one return."""
    return answer(_named(await purchase_of(request), request))


def _begin(request: web.Request, purchase: Purchase, wanted: ReturnRequest) -> BeginReturn:
    return BeginReturn(
        purchase_id=purchase.id,
        order_id=order_of(purchase, Call.RETURNS),
        return_id=wanted.return_id,
        request=wanted,
        policy=request.app[POLICY],
    )


def _check(accepted: Acceptance, known: Return) -> None:
    """Raise the Problem of what cannot be accepted."""
    if known.state not in {ReturnState.CREATED, ReturnState.ACCEPTED}:
        raise Problem(Kind.CONFLICT, f"The return is {known.state}.")
    against = [(each.pointer or "", each.sentence) for each in not_acceptable(accepted, known)]
    if against:
        raise invalid(*against)


def _is_accepted(accepted: Acceptance, known: Return) -> bool:
    wanted = None if accepted.items is None else {item.line_id for item in accepted.items}
    asked = [item for item in known.items if wanted is None or item.line_id in wanted]
    return known.state is ReturnState.ACCEPTED or all(item.accepted for item in asked)


def _known(purchase: Purchase, return_id: str) -> Return | None:
    return next((each for each in purchase.returns if each.return_id == return_id), None)


def _named(purchase: Purchase, request: web.Request) -> Return:
    known = _known(purchase, request.match_info["returnId"])
    if known is None:
        raise not_found("There is no such return.")
    return known


async def _read(request: web.Request, purchase_id: str, return_id: str) -> Return | None:
    purchase = await request.app[RECORDS].get(purchase_id)
    return _known(purchase, return_id) if purchase else None


def _question(begin: BeginReturn, update: str, argument: Noun) -> Question[Return]:
    return Question(
        kind="Return",
        id=workflow_id(begin.purchase_id, begin.return_id),
        order_id=begin.order_id,
        begin=begin,
        update=update,
        argument=argument,
        answer=Return,
    )


def _read_route(path: str, handler: Handler, summary: str, gives: type[Noun]) -> Route:
    return Route(
        method="GET",
        path=f"{_PATH}{path}",
        handler=handler,
        access=Scope.READ,
        summary=summary,
        gives={200: gives},
        refuses=(404,),
    )


ROUTES = (
    Route(
        method="POST",
        path=_PATH,
        handler=announce,
        access=Scope.WRITE,
        summary="Announce goods that come back",
        takes=ReturnRequest,
        gives={201: Return, 202: Return},
        refuses=_REFUSES,
    ),
    _read_route("", list_all, "Read the returns of a purchase, oldest first", Returns),
    _read_route("/{returnId}", show, "Read a return", Return),
    Route(
        method="POST",
        path=f"{_PATH}/{{returnId}}/accept",
        handler=accept,
        access=Scope.WRITE,
        summary="Accept what has come back, all of it or some lines",
        takes=Acceptance,
        gives={200: Return, 202: Return},
        refuses=_REFUSES,
    ),
)
