"""The door for Digital River's webhooks: what is acknowledged here is durable in Temporal.

Digital River gives up on a call after three seconds and switches off an endpoint that fails for
long ("Preventing webhooks from getting disabled"): every answer comes within two seconds, and an
event that is not ours is taken all the same.
"""

import time
from collections.abc import Mapping
from typing import Annotated, Any

import structlog
from aiohttp import web
from pydantic import Field
from structlog.contextvars import bind_contextvars

from ferryman.digital_river.events import Event, MalformedEvent, parse_event
from ferryman.purchase.base import Noun
from ferryman.purchase.messages import Id

from .bodies import check_media, read_whole
from .engine import EngineError
from .errors import Kind, Problem, unavailable
from .keys import DELIVERY, METRICS, SIGNATURES, UNVERIFIED
from .letters import left
from .routes import Open, Route

_SECONDS = 1.85
# Leaves room for a burst of hundreds that are all refused in the same moment.
_FOR_TEMPORAL = 1.2

log = structlog.get_logger()


class Subject(Noun):
    """What an event is about, with all that Digital River says of it."""

    object: Mapping[str, Any]


class SignedEvent(Noun):
    """The part of an event that has to be there ("Event object")."""

    id: Id
    type: Annotated[str, Field(pattern=r"^[!-~]{1,100}$")]
    data: Subject


async def receive(request: web.Request) -> web.Response:
    """Take a webhook; the order of the checks is the order of their cost and of our trust."""
    began = time.monotonic()
    outcome: str = "failed"
    try:
        event = await _event(request)
        seconds = min(left(began + _SECONDS), _FOR_TEMPORAL)
        delivered = await request.app[DELIVERY].deliver(event, seconds)
        outcome = delivered.outcome.value
    except MalformedEvent as error:
        outcome = "malformed"
        raise Problem(Kind.INVALID_REQUEST, f"The event is malformed: {error}") from error
    except EngineError as error:
        outcome = "unavailable"
        raise unavailable("Temporal cannot take the event now.") from error
    except Problem as problem:
        outcome = problem.kind.value
        raise
    finally:
        request.app[METRICS].webhook(outcome, time.monotonic() - began)
    if delivered.purchase_id is not None:
        bind_contextvars(purchase_id=delivered.purchase_id)
    log.info("webhook", outcome=outcome, type=event.type)
    return web.Response(status=202)


async def _event(request: web.Request) -> Event:
    check_media(request)
    request.app[SIGNATURES].expect(request)
    with request.app[UNVERIFIED].room() as take:
        body = await read_whole(request, _SECONDS, take=take)
        request.app[SIGNATURES].check(request, body)
    event = parse_event(body)
    bind_contextvars(event_id=event.id)
    request.app[METRICS].event(event.type)
    return event


ROUTES = (
    Route(
        method="POST",
        path="/webhooks/digital-river",
        handler=receive,
        access=Open.SIGNED,
        summary="Take an event of Digital River's; acknowledged means durable",
        takes=SignedEvent,
        gives={202: None},
        refuses=(400, 401, 408, 413, 415, 503),
    ),
)
