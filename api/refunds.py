"""Refunds: asking for one, and reading what became of them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web

from ferryman.purchase.base import Noun
from ferryman.purchase.purchase import Purchase, Refund, RefundState
from ferryman.purchase.refundable import slips
from ferryman.purchase.refunds import OPEN, BeginRefund, RefundRequest, workflow_id
from ferryman.purchase.rules import Call
from ferryman.setting_types import Scope

from .after_sale import Question, order_of
from .answers import answer, location
from .bodies import read_as, read_json
from .errors import invalid, not_found
from .keys import AFTER_SALES, POLICY, RECORDS
from .purchases import purchase_of
from .routes import Route

_REFUSES = (400, 404, 408, 409, 413, 415, 422, 429, 503)
_NOT_OUT = frozenset({RefundState.REQUESTED, RefundState.HELD})
_PATH = "/purchases/{id}/refunds"


class Refunds(Noun):
    """All refunds of a purchase, oldest first."""

    has_more: bool = False
    data: Sequence[Refund]


async def ask(request: web.Request) -> web.Response:
    """Give money back; the same refundId with the same body changes nothing."""
    wanted = read_as(RefundRequest, await read_json(request))
    purchase = await purchase_of(request)
    known = _known(purchase, wanted.refund_id)
    if known is not None and not wanted.is_of(known):
        raise invalid(("/refundId", "came with another request before"))
    if known is None or known.state in _NOT_OUT:
        begin = _begin(request, purchase, wanted)
        begin = begin.model_copy(update={"again": known is not None})
        # Known without Digital River, so nothing is begun where it is slow.
        if wrong := slips(wanted, begin.currency, purchase.items):
            raise invalid(*((each.pointer or "", each.sentence) for each in wrong))
        refund = await request.app[AFTER_SALES].ask(_question(begin, wanted))
        known = refund or await _so_far(request, begin)
    elif known.state in OPEN:
        begin = _begin(request, purchase, wanted).model_copy(update={"adopts": known.id})
        await request.app[AFTER_SALES].take_up(_question(begin, wanted))
    status = HTTPStatus.ACCEPTED if known.state in _NOT_OUT else HTTPStatus.CREATED
    response = answer(known, status)
    # The id may hold what a path may not.
    path = quote(known.refund_id, safe="")
    response.headers["Location"] = f"{location(purchase.id)}/refunds/{path}"
    return response


async def list_all(request: web.Request) -> web.Response:
    """Answer the refunds of a purchase."""
    return answer(Refunds(data=(await purchase_of(request)).refunds))


async def show(request: web.Request) -> web.Response:
    """Answer one refund."""
    known = _known(await purchase_of(request), request.match_info["refundId"])
    if known is None:
        raise not_found("There is no such refund.")
    return answer(known)


def _known(purchase: Purchase, refund_id: str) -> Refund | None:
    return next((each for each in purchase.refunds if each.refund_id == refund_id), None)


def _begin(request: web.Request, purchase: Purchase, wanted: RefundRequest) -> BeginRefund:
    return BeginRefund(
        purchase_id=purchase.id,
        order_id=order_of(purchase, Call.REFUNDS),
        refund_id=wanted.refund_id,
        currency=purchase.checkout.currency if purchase.checkout else "",
        request=wanted,
        policy=request.app[POLICY],
    )


def _question(begin: BeginRefund, wanted: RefundRequest) -> Question[Refund]:
    return Question(
        kind="Refund",
        id=workflow_id(begin.purchase_id, begin.refund_id),
        order_id=begin.order_id,
        begin=begin,
        update="refund",
        argument=wanted,
        answer=Refund,
    )


async def _so_far(request: web.Request, begin: BeginRefund) -> Refund:
    """The refund as the record has it by now, or as it was asked for a moment ago."""
    purchase = await request.app[RECORDS].get(begin.purchase_id)
    known = _known(purchase, begin.refund_id) if purchase else None
    return known or begin.asked_for(datetime.now(UTC))


ROUTES = (
    Route(
        method="POST",
        path=_PATH,
        handler=ask,
        access=Scope.WRITE,
        summary="Give money back",
        takes=RefundRequest,
        gives={201: Refund, 202: Refund},
        refuses=_REFUSES,
    ),
    Route(
        method="GET",
        path=_PATH,
        handler=list_all,
        access=Scope.READ,
        summary="Read the refunds of a purchase, oldest first",
        gives={200: Refunds},
        refuses=(404,),
    ),
    Route(
        method="GET",
        path=f"{_PATH}/{{refundId}}",
        handler=show,
        access=Scope.READ,
        summary="Read a refund",
        gives={200: Refund},
        refuses=(404,),
    ),
)
