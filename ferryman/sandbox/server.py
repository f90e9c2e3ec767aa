"""The sandbox as an HTTP server: Digital River's API, and its own controls under `/_sandbox/`."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from .controls import add_controls
from .delivery import Delivery
from .faults import Fault
from .gateway import Gateway
from .keeper import Keeper
from .keys import DELIVERY, FAULTS, WORLD
from .pages import add_pages
from .settings import SandboxSettings
from .workers import workers
from .world import World

_LARGEST_BODY = 2 * 1024 * 1024


def create_sandbox(settings: SandboxSettings | None = None) -> web.Application:
    """Build the sandbox; its clock runs and its webhooks are sent while the application does.

    Raises StateError where the file that is to keep its state cannot be read.
    """
    world = World(settings or SandboxSettings())
    delivery = Delivery(world)
    delivery.reset()
    faults: list[Fault] = []
    app = web.Application(client_max_size=_LARGEST_BODY)
    app[WORLD], app[DELIVERY], app[FAULTS] = world, delivery, faults
    add_controls(app)
    add_pages(app)
    gateway = Gateway(world, delivery, faults)
    world.clock.workers = workers(world, delivery, gateway)
    app.router.add_route("*", "/{path:.*}", gateway.handle)
    if world.settings.state:
        keeper = Keeper(Path(world.settings.state), world, delivery, faults)
        keeper.load()
        app.cleanup_ctx.append(keeper.keep)  # begun first, it ends last
    app.cleanup_ctx.append(_running)
    return app


async def _running(app: web.Application) -> AsyncIterator[None]:
    ticking = asyncio.create_task(app[WORLD].clock.run())
    await app[DELIVERY].dispatch()
    yield
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)
    await app[WORLD].clock.stop()
    await app[DELIVERY].close()
