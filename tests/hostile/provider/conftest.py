"""A Digital River that lies: between a worker and the sandbox, and a trap beside it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from temporalio.testing import WorkflowEnvironment

from tests.running.records import records_in
from tests.running.river import client_of, sandbox, served
from tests.workflows.given import POLICY
from tests.workflows.shop import Shop
from workers.worker import create_worker

Lie = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Liar:
    """Passes calls on, and answers some with a lie of its own."""

    def __init__(self, http: aiohttp.ClientSession, truth: str) -> None:
        self._http = http
        self._truth = truth
        self._lies: list[tuple[str, str, Lie]] = []
        self.lied_to: set[str] = set()
        self.paths: list[str] = []
        self.trapped: list[str] = []
        self.trap = ""

    def will_lie(self, purchase_id: str, call: str, lie: Lie, times: int) -> None:
        """Answer this purchase's next calls of this kind, as in `POST /orders`, so."""
        self._lies += [(purchase_id, call, lie)] * times

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        self.paths.append(request.raw_path)
        said = request.headers.get("upstream-id", ""), f"{request.method} {request.path}"
        for index, (purchase_id, call, lie) in enumerate(self._lies):
            if said[0] == purchase_id and said[1].startswith(call):
                del self._lies[index]
                self.lied_to.add(purchase_id)
                # The lie is about what was done, not instead of it.
                await self._pass_on(request)
                return await lie(request)
        return await self._pass_on(request)

    async def catch(self, request: web.Request) -> web.Response:
        """Answer whoever was led astray."""
        self.trapped.append(request.raw_path)
        return web.json_response({"id": "trapped"})

    async def _pass_on(self, request: web.Request) -> web.Response:
        kept = ("Authorization", "Content-Type", "DigitalRiver-Version", "upstream-id")
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        url = self._truth + request.raw_path
        body = await request.read()
        async with self._http.request(
            request.method, url, data=body, headers=headers, allow_redirects=False
        ) as answer:
            told = {"Content-Type": answer.headers.get("Content-Type", "application/json")}
            return web.Response(status=answer.status, body=await answer.read(), headers=told)


def _serving(handler: Lie) -> AbstractAsyncContextManager[str]:
    app = web.Application(client_max_size=2**24)
    app.router.add_route("*", "/{path:.*}", handler)
    return served(app)


@pytest.fixture
async def parts(
    temporal: WorkflowEnvironment, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[tuple[Shop, Liar]]:
    """A worker that knows the liar alone; what really is, the sandbox tells the test."""
    queue = f"liar{abs(hash(request.node.nodeid)) % 10**9}"
    async with (
        records_in(tmp_path) as records,
        sandbox() as truth,
        aiohttp.ClientSession() as http,
    ):
        liar = Liar(http, truth)
        async with _serving(liar.answer) as front, _serving(liar.catch) as liar.trap:
            lied_to = client_of(http, front)
            async with create_worker(
                temporal.client,
                task_queue=queue,
                digital_river=lied_to,
                records=records,
                policy=POLICY,
            ):
                yield Shop(temporal, records, http, truth, queue, lied_to), liar
