"""Those who call Ferryman from outside, against a small real server."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from random import Random

import aiohttp
import pytest
from aiohttp import web

from faults.chaos.forger import REPLAY, Forger
from faults.chaos.journal import Journal
from faults.chaos.merchant import Merchant
from ferryman.digital_river.signature import HEADER, SignatureError, verify
from tests.running.river import served

SECRET = "whsec_known_to_both_0123456789"
KINDS = {"unsigned", "wrong secret", "altered", "stale", "from the future", REPLAY}


@pytest.fixture
async def serve():
    """Serve a handler on a port of its own; gives its address."""
    async with AsyncExitStack() as servers:

        async def start(handler):
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", handler)
            return await servers.enter_async_context(served(app))

        yield start


@pytest.fixture
async def session():
    """Give a session."""
    async with aiohttp.ClientSession() as opened:
        yield opened


async def test_a_merchant_repeats_until_there_is_an_answer(serve, session):
    """Cut connections, 503 and 202 are met with the same call; every try is in the log."""
    answers = [None, 503, 202, 409]

    async def answer(request):
        status = answers.pop(0)
        if status is None:
            request.transport.abort()
        return web.json_response({"told": await request.json()}, status=status or 500)

    journal = Journal()
    merchant = Merchant(session, await serve(answer), "key", journal)
    random = Random(1)  # noqa: S311 - guards nothing
    reply = await merchant.ask(random, "p-1", "POST", "/submit", {"termsAccepted": True})

    assert (409, {"told": {"termsAccepted": True}}) == (reply.status, reply.body)
    assert [None, 503, 202, 409] == [said.status for said in journal.of("p-1")]


async def test_forgeries_are_what_they_are_called(serve, session):
    """Of all that a forger sends only the repeated genuine event passes the signature's check."""
    passed = {}

    async def check(request):
        try:
            verify(
                request.headers.get(HEADER, ""),
                await request.read(),
                [SECRET],
                now=datetime.now(UTC),
                tolerance=timedelta(minutes=5),
            )
        except SignatureError:
            return web.Response(status=401)
        return web.Response(status=202)

    journal = Journal()
    forger = Forger(session, await serve(check), SECRET, journal, seed=1, each_second=200)
    forging = asyncio.create_task(forger.forge())
    async with asyncio.timeout(10):
        while KINDS - {REPLAY} != passed.keys():
            await asyncio.sleep(0.05)
            passed = {said.note: said.status for said in journal.calls}
        # Nothing can be repeated before something has been seen.
        forger.genuine.append({"id": "e", "type": "order.complete", "data": {"object": {"a": 1.5}}})
        while KINDS != passed.keys():
            await asyncio.sleep(0.05)
            passed = {said.note: said.status for said in journal.calls}
    forging.cancel()
    await asyncio.gather(forging, return_exceptions=True)

    assert {kind: 202 if kind == REPLAY else 401 for kind in KINDS} == passed
