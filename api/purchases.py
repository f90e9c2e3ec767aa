"""Reading purchases, from the records alone: it needs neither a worker nor Temporal."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BeforeValidator, Field

from ferryman.purchase.base import Noun
from ferryman.purchase.purchase import Purchase
from ferryman.purchase.request import PurchaseId
from ferryman.purchase.states import State
from ferryman.purchase.timeline import TimelineEntry
from ferryman.records import UnknownCursor
from ferryman.setting_types import Scope

from .answers import answer
from .authorization import is_operator
from .bodies import read_as
from .errors import invalid, not_found
from .keys import RECORDS
from .routes import Route

_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_FOR_OPERATORS = frozenset({"code", "failureCode"})


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


class ListQuery(Noun):
    """Which purchases to list."""

    state: State | None = None
    needs_attention: Literal["true", "false"] | None = None
    limit: Annotated[int, Field(ge=1, le=100, strict=True), BeforeValidator(_number)] = 20
    starting_after: PurchaseId | None = None


class PurchasePage(Noun):
    """A part of the list of purchases."""

    has_more: bool
    data: Sequence[Purchase]


class Timeline(Noun):
    """Everything that happened to a purchase."""

    has_more: bool = False
    data: Sequence[TimelineEntry]


async def purchase_of(request: web.Request) -> Purchase:
    """Read the purchase that the path names; raises a Problem (404) where there is none."""
    purchase_id = request.match_info["id"]
    known = _ID.fullmatch(purchase_id)
    purchase = await request.app[RECORDS].get(purchase_id) if known else None
    if purchase is None:
        raise not_found("There is no such purchase.")
    return purchase


async def show(request: web.Request) -> web.Response:
    """Answer one purchase."""
    return answer(await purchase_of(request))


async def list_all(request: web.Request) -> web.Response:
    """Answer a page of purchases, newest first."""
    query = read_as(ListQuery, _given(request))
    attention = query.needs_attention
    try:
        page = await request.app[RECORDS].list(
            state=query.state,
            needs_attention=None if attention is None else attention == "true",
            limit=query.limit,
            starting_after=query.starting_after,
        )
    except UnknownCursor as error:
        raise invalid(("/startingAfter", "there is no such purchase")) from error
    return answer(PurchasePage(has_more=page.has_more, data=page.data))


async def timeline(request: web.Request) -> web.Response:
    """Answer what happened to a purchase; codes are shown to operators only."""
    purchase = await purchase_of(request)
    entries = await request.app[RECORDS].timeline(purchase.id)
    return answer(Timeline(data=[shown_to(request, entry) for entry in entries]))


def shown_to(request: web.Request, entry: TimelineEntry) -> TimelineEntry:
    """Give the entry as the caller may see it."""
    if is_operator(request):
        return entry
    return entry.model_copy(update={"detail": _without_codes(entry.detail)})


def _given(request: web.Request) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in request.query.items():
        if name in given:
            raise invalid((f"/{name}", "given twice"))
        given[name] = value
    # `?state=` says as little as leaving it out.
    return {name: value for name, value in given.items() if value}


def _without_codes(detail: Any) -> Any:
    if isinstance(detail, dict):
        return {
            key: _without_codes(value) for key, value in detail.items() if key not in _FOR_OPERATORS
        }
    if isinstance(detail, list | tuple):
        return [_without_codes(value) for value in detail]
    return detail


ROUTES = (
    Route(
        method="GET",
        path="/purchases",
        handler=list_all,
        access=Scope.READ,
        summary="List purchases, newest first",
        query=ListQuery,
        gives={200: PurchasePage},
        refuses=(422,),
    ),
    Route(
        method="GET",
        path="/purchases/{id}",
        handler=show,
        access=Scope.READ,
        summary="Read a purchase",
        gives={200: Purchase},
        refuses=(404,),
    ),
    Route(
        method="GET",
        path="/purchases/{id}/timeline",
        handler=timeline,
        access=Scope.READ,
        summary="Read everything that happened to a purchase, oldest first",
        gives={200: Timeline},
        refuses=(404,),
    ),
)
