"""Puts the API together: its routes, what they need, and the rules that guard them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from aiohttp import HttpVersion11, web
from temporalio.client import Client

from ferryman.records import Records
from ferryman.records.outbox import Outbox
from ferryman.settings import ApiSettings, Settings
from ferryman.telemetry.book import Book
from ferryman.telemetry.telemetry import Telemetry
from ferryman.telemetry.tracing import Tracing

from . import (
    calls,
    health_routes,
    interventions,
    notifications,
    opening,
    purchases,
    refunds,
    returns,
    stream,
    webhooks,
)
from .acts import Acting
from .after_sale import AfterSales
from .authorization import Authorization
from .delivery import Delivery
from .documents import document_routes
from .engine import Engine
from .health import Health
from .keys import (
    ACTING,
    AFTER_SALES,
    DELIVERY,
    ENGINE,
    HEALTH,
    METRICS,
    OUTBOX,
    POLICY,
    RECORDS,
    ROUTES,
    SHIP_FROM,
    SIGNATURES,
    UNVERIFIED,
    WATCH,
)
from .limits import Limits
from .metrics import Metrics
from .middleware import Boundary, dress
from .routes import Route
from .shopfront import Shopfront
from .signatures import Clock, Signatures, wall_clock
from .unverified import Unverified
from .watch import Watch

# Ids may hold braces too, which the router takes for none of a path.
_PLACE = re.compile(r"\{(\w+)\}")

_STREAMS = 1_000

DECLARED = (
    *opening.ROUTES,
    *purchases.ROUTES,
    *calls.ROUTES,
    *interventions.ROUTES,
    *refunds.ROUTES,
    *returns.ROUTES,
    *stream.ROUTES,
    *notifications.ROUTES,
    *webhooks.ROUTES,
    *health_routes.ROUTES,
)


@dataclass(frozen=True)
class Api:
    """The application, and what its process has to see of it."""

    app: web.Application
    boundary: Boundary
    health: Health


def create_api(
    settings: Settings,
    temporal: Client,
    records: Records,
    now: Clock = wall_clock,
    telemetry: Telemetry | None = None,
) -> Api:
    """Compose the application; nothing is asked of Temporal or the database yet.

    `now` judges how old a webhook's signature is.
    """
    engine = Engine(temporal, settings.process.task_queue)
    health = Health(engine, records)
    rules: dict[web.AbstractRoute, Route] = {}
    tracing = telemetry.tracing if telemetry else None
    front = Shopfront.of(settings, temporal.namespace)
    boundary = _boundary(settings.api, rules, tracing, front)
    app = web.Application(middlewares=[boundary.middleware()])
    app.on_response_prepare.append(dress)
    app[ENGINE] = engine
    app[RECORDS] = records
    app[OUTBOX] = Outbox(records.engine)
    app[WATCH] = Watch(records)
    app[ACTING] = Acting(engine, records)
    app[AFTER_SALES] = AfterSales(engine)
    app[DELIVERY] = Delivery(engine, records)
    app[HEALTH] = health
    tells = settings.notification.url is not None
    book = Book(records.engine, temporal, engine.task_queue, tells=tells)
    app[METRICS] = Metrics(health, book, telemetry.core if telemetry else None)
    app[POLICY] = settings.policy
    app[SIGNATURES] = _signatures(settings, now)
    app[UNVERIFIED] = Unverified()
    if settings.purchase.ship_from is not None:
        app[SHIP_FROM] = settings.purchase.ship_from
    declared = _declared(settings.api)
    routes = (*declared, *document_routes(declared))
    app[ROUTES] = routes
    _add(app, routes, rules)
    if front is not None:
        front.settle_in(app)
        _add(app, front.routes(), rules)
    return Api(app, boundary, health)


def _declared(told: ApiSettings) -> tuple[Route, ...]:
    scope = told.metrics_scope
    if scope is None:
        return DECLARED
    metrics = health_routes.metrics
    return tuple(
        replace(route, access=scope) if route.handler is metrics else route for route in DECLARED
    )


def _boundary(
    told: ApiSettings,
    rules: Mapping[web.AbstractRoute, Route],
    tracing: Tracing | None,
    front: Shopfront | None,
) -> Boundary:
    return Boundary(
        Authorization((*told.keys, front.key) if front else told.keys, rules),
        Limits(told.rate_limit, told.concurrency),
        Limits(told.rate_limit, _STREAMS),
        tracing,
        front.shop if front else None,
    )


def _signatures(settings: Settings, now: Clock) -> Signatures:
    river = settings.digital_river
    return Signatures(river.secrets, timedelta(seconds=river.webhook_tolerance), now)


def _add(
    app: web.Application, routes: Iterable[Route], rules: dict[web.AbstractRoute, Route]
) -> None:
    for route in routes:
        methods = [route.method, "HEAD"] if route.method == "GET" else [route.method]
        for method in methods:
            path = _PLACE.sub(r"{\1:[^/]+}", route.path)
            added = app.router.add_route(method, path, route.handler, expect_handler=_go_on)
            rules[added] = route


async def _go_on(request: web.Request) -> None:
    """Invite the body; an expectation of another kind is no reason to refuse a request."""
    waits = request.headers.get("Expect", "").lower() == "100-continue"
    if waits and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0
