"""What is told of a request: its line in the log, its figures, its span, and the ids in them."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from aiohttp import web
from structlog.contextvars import bind_contextvars, clear_contextvars

from ferryman.secrecy.cards import masked
from ferryman.telemetry.tracing import Tracing

from .authorization import CALLER
from .keys import METRICS
from .signatures import SIGNED

Over = Callable[[web.StreamResponse], None]

_WITHOUT_NEWS = frozenset({"/healthz", "/readyz", "/metrics"})
_OURS = "/purchases/{id"

log = structlog.get_logger()


@contextmanager
def course(request: web.Request, request_id: str, tracing: Tracing | None) -> Iterator[Over]:
    """Have all that is logged and asked inside carry the request's id; `over` tells how it ended.

    A purchase whose id stands in the path is named too.
    """
    # Requests that come over one connection are handled in one context.
    clear_contextvars()
    bind_contextvars(request_id=request_id, **_purchase(request))
    began = time.monotonic()

    def over(response: web.StreamResponse) -> None:
        _report(request, response, time.monotonic() - began)

    if tracing is None or request.path in _WITHOUT_NEWS:
        yield over
        return
    with tracing.request(_name(request), request.headers) as told:
        told["request_id"] = request_id

        def traced(response: web.StreamResponse) -> None:
            told["http.response.status_code"] = response.status
            over(response)

        yield traced


def _purchase(request: web.Request) -> dict[str, str]:
    named = _route(request).startswith(_OURS)
    return {"purchase_id": masked(request.match_info["id"])} if named else {}


def _name(request: web.Request) -> str:
    # Neither paths nor methods that nobody serves may become names.
    route = _route(request)
    return f"{request.method} {route}" if route else "unknown route"


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return "" if resource is None else resource.canonical


def _report(request: web.Request, response: web.StreamResponse, seconds: float) -> None:
    request.app[METRICS].answered(request, response, seconds)
    write = log.debug if _is_noise(request, response) else log.info
    write(
        "request",
        method=request.method,
        path=masked(request.path),
        status=response.status,
        duration_ms=round(seconds * 1000),
    )


def _is_noise(request: web.Request, response: web.StreamResponse) -> bool:
    """Tell whether anyone may have caused this answer: such must not fill the log."""
    refused = 400 <= response.status < 500  # noqa: PLR2004 - what the caller is to blame for
    known = CALLER in request or SIGNED in request
    return request.path in _WITHOUT_NEWS or (refused and not known)
