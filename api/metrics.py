"""What is counted and timed, for Prometheus."""

from aiohttp import web
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)

_BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 8, 10)


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "ferryman_api_requests",
            "Requests answered, by route and status.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "ferryman_api_request_seconds",
            "Time to the answer, by route.",
            ("route",),
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._webhooks = Counter(
            "ferryman_webhooks",
            "Webhooks by what became of them.",
            ("outcome",),
            registry=self._registry,
        )

    def answered(self, request: web.Request, status: int, seconds: float) -> None:
        """Count one answer under its route, so that paths that nobody serves are one."""
        resource = request.match_info.route.resource
        route = resource.canonical if resource is not None else "none"
        # Whatever a client calls its method must not become a label.
        method = request.method if resource is not None else "any"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def webhook(self, outcome: str) -> None:
        """Count one webhook."""
        self._webhooks.labels(outcome).inc()

    def text(self) -> bytes:
        """Write all of it in Prometheus' text format."""
        return generate_latest(self._registry)

    @property
    def content_type(self) -> str:
        """The text format's name."""
        return CONTENT_TYPE_LATEST
