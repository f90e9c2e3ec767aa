"""Whether the worker lives and polls, and its metrics, where a port is set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ferryman.settings import WorkerSettings
from ferryman.telemetry.core import Core


class Health:
    """What the worker says of itself."""

    def __init__(self, task_queue: str, core: Core) -> None:
        self._task_queue = task_queue
        self._core = core
        self.polling = False

    async def live(self, request: web.Request) -> web.Response:
        """Answer 200 as long as the process lives."""
        del request
        return web.json_response({"status": "ok"})

    async def ready(self, request: web.Request) -> web.Response:
        """Answer 200 once the worker polls."""
        del request
        state = {"taskQueue": self._task_queue, "polling": self.polling}
        return web.json_response(state, status=200 if self.polling else 503)

    async def metrics(self, request: web.Request) -> web.Response:
        """Answer in Prometheus's text format: our figures, then those of Temporal's SDK."""
        del request
        body = generate_latest() + await self._core.text()
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


class UnusablePort(RuntimeError):
    """Somebody else listens there, or nobody may."""


@asynccontextmanager
async def serve_health(health: Health, told: WorkerSettings) -> AsyncIterator[None]:
    """Serve while the block runs; nothing where no port is set. Raises UnusablePort."""
    if told.port is None:
        yield
        return
    app = web.Application()
    app.router.add_get("/healthz", health.live)
    app.router.add_get("/readyz", health.ready)
    app.router.add_get("/metrics", health.metrics)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await _listen(web.TCPSite(runner, told.host, told.port))
        yield
    finally:
        await runner.cleanup()


async def _listen(place: web.TCPSite) -> None:
    try:
        await place.start()
    except OSError as error:
        raise UnusablePort(f"cannot listen at {place.name}: {error}") from error
