"""`python -m bench.bare_api`: an API before the bare flow, which hands on and answers."""

import asyncio

from aiohttp import web
from temporalio.client import Client, WithStartWorkflowOperation
from temporalio.common import WorkflowIDConflictPolicy

from demo.ports import HOST
from ferryman.settings import ApiSettings
from ferryman.temporal import connect

from .bare import QUEUE, Bare
from .stopping import last_breath, told_to_stop


class Door:
    """The merchant's calls and Digital River's webhooks, as they come."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def ready(self, request: web.Request) -> web.Response:
        """Say so."""
        del request
        return web.json_response({})

    async def open(self, request: web.Request) -> web.Response:
        """Start a flow, and answer once its checkout stands."""
        body = await request.json()
        start = WithStartWorkflowOperation(
            Bare.run,
            id=body["id"],
            task_queue=QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
        )
        await self._client.execute_update_with_start_workflow(
            Bare.checkout, start_workflow_operation=start
        )
        return web.json_response(body)

    async def call(self, request: web.Request) -> web.Response:
        """Hand a call on, and answer once it is carried out."""
        body = await request.json()
        handle = self._client.get_workflow_handle(request.match_info["id"])
        await handle.execute_update(request.match_info["call"])
        return web.json_response(body)

    async def hear(self, request: web.Request) -> web.Response:
        """Hand an event on; one in another's company is only acknowledged."""
        body = await request.json()
        if not body["company"]:
            handle = self._client.get_workflow_handle(body["id"])
            await handle.signal(Bare.event, body)
        return web.json_response({})


async def serve() -> None:
    """Serve until SIGTERM or SIGINT."""
    door = Door(await connect(lazy=False))
    app = web.Application()
    app.router.add_get("/readyz", door.ready)
    app.router.add_post("/purchases", door.open)
    app.router.add_post("/purchases/{id}/{call}", door.call)
    app.router.add_post("/webhooks", door.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, ApiSettings().port).start()
        await told_to_stop()
    finally:
        await runner.cleanup()
        await last_breath()


if __name__ == "__main__":
    asyncio.run(serve())
