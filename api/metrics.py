"""What is counted and timed, for Prometheus."""

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from ferryman.provider_events import HINTS
from ferryman.telemetry.book import Book
from ferryman.telemetry.core import Core

from .delivery import Outcome
from .health import Health
from .idempotency import REPLAYED

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 8, 10)
_PROMISES = {
    ("POST", "/webhooks/digital-river"): ("webhook", 3.0),
    ("POST", "/purchases"): ("purchase", 1.0),
}
"""Whose answers are to be a success within so many seconds, unless the request itself was wrong."""
_PARTS = {"temporal": "Temporal", "database": "the database"}


class Metrics:
    """The figures of one application; those of others come with them where they are given."""

    def __init__(
        self, health: Health | None = None, book: Book | None = None, core: Core | None = None
    ) -> None:
        self._health = health
        self._book = book
        self._core = core
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = self._counter(
            "api_requests", "Requests answered, by route and status.", "method", "route", "status"
        )
        self._seconds = self._histogram(
            "api_request_seconds", "Time to the answer, by route.", "method", "route"
        )
        self._replays = self._counter(
            "idempotent_replays", "Requests that were answered as they had been before."
        )
        self._promises = self._counter(
            "slo_requests", "Requests something was promised about; was it kept?", "slo", "met"
        )
        self._webhooks = self._counter("webhooks", "Webhooks by what became of them.", "outcome")
        self._events = self._counter(
            "webhook_events", "Signed events; types that mean nothing here are one.", "type"
        )
        self._acknowledged = self._histogram(
            "webhook_seconds", "Time to a webhook's answer, by what became of it.", "outcome"
        )
        self._parts = Gauge(
            "ferryman_part_up", "1 where it answers.", ("part",), registry=self._registry
        )
        self._begin()
        if book is not None:
            self._registry.register(book)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"ferryman_{name}", meaning, labels, registry=self._registry)

    def _histogram(self, name: str, meaning: str, *labels: str) -> Histogram:
        return Histogram(
            f"ferryman_{name}", meaning, labels, buckets=_BUCKETS, registry=self._registry
        )

    def _begin(self) -> None:
        """Have series begin at zero: a rate knows nothing of what happened before they began."""
        for slo, _ in _PROMISES.values():
            for met in ("yes", "no"):
                self._promises.labels(slo, met)
        for outcome in (*Outcome, "malformed", "unauthorized", "unavailable"):
            self._webhooks.labels(outcome)

    def answered(self, request: web.Request, response: web.StreamResponse, seconds: float) -> None:
        """Count one answer under its route, so that paths that nobody serves are one."""
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "none"
        # Whatever a client calls its method must not become a label.
        method = request.method if resource is not None else "any"
        self._requests.labels(method, route, str(response.status)).inc()
        self._seconds.labels(method, route).observe(seconds)
        if REPLAYED in response.headers:
            self._replays.inc()
        self._judge((method, route), response.status, seconds)

    def webhook(self, outcome: str, seconds: float) -> None:
        """Count one webhook."""
        self._webhooks.labels(outcome).inc()
        self._acknowledged.labels(outcome).observe(seconds)

    def event(self, kind: str) -> None:
        """Count one signed event under its type."""
        self._events.labels(kind if kind in HINTS else "other").inc()

    async def text(self) -> bytes:
        """Write all of it in Prometheus' text format."""
        if self._book is not None:
            await self._book.refresh()
        if self._health is not None:
            away = await self._health.away()
            for part, name in _PARTS.items():
                self._parts.labels(part).set(name not in away)
        own = generate_latest(self._registry)
        return own if self._core is None else own + await self._core.text()

    @property
    def content_type(self) -> str:
        """The text format's name."""
        return CONTENT_TYPE_LATEST

    def _judge(self, call: tuple[str, str], status: int, seconds: float) -> None:
        if call not in _PROMISES:
            return
        slo, limit = _PROMISES[call]
        if web.HTTPBadRequest.status_code <= status < web.HTTPInternalServerError.status_code:
            return
        good = status < web.HTTPBadRequest.status_code and seconds <= limit
        self._promises.labels(slo, "yes" if good else "no").inc()
