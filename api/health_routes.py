"""What is asked by those who run the service: is it alive, is it ready, how is it doing."""

from aiohttp import web

from .errors import unavailable
from .keys import HEALTH, METRICS
from .routes import Handler, Open, Route


async def alive(request: web.Request) -> web.Response:
    """Answer as long as the process does."""
    del request
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """Answer 200 while Temporal and the database answer."""
    away = await request.app[HEALTH].away()
    if away:
        raise unavailable(f"Away: {', '.join(away)}.", seconds=1)
    return web.json_response({"status": "ok"})


async def metrics(request: web.Request) -> web.Response:
    """Answer the metrics in Prometheus' text format."""
    counted = request.app[METRICS]
    return web.Response(body=await counted.text(), headers={"Content-Type": counted.content_type})


def _route(path: str, handler: Handler, summary: str, *refuses: int) -> Route:
    return Route(
        method="GET",
        path=path,
        handler=handler,
        access=Open.PUBLIC,
        summary=summary,
        gives={200: None},
        refuses=refuses,
    )


ROUTES = (
    _route("/healthz", alive, "Tell whether the process lives"),
    _route("/readyz", ready, "Tell whether Temporal and the database answer", 503),
    _route("/metrics", metrics, "Read the metrics, for Prometheus"),
)
