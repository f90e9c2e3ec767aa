"""The shop's way to the API: exact amounts, and a plain word for whatever comes back."""

import json
from decimal import Decimal

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDict
from structlog.contextvars import bound_contextvars

from shop.client import Client, Reply, path_of
from shop.trouble import Trouble
from tests.running.river import served

AMOUNTS = ["39.90", "0.1", "123456789012.34", "5800"]


@pytest.fixture
async def client():
    """A client of a server that answers with what it was asked."""

    async def echo(request: web.Request) -> web.Response:
        body = await request.text()
        said = {
            "path": request.raw_path,
            "headers": dict(request.headers),
            "body": json.loads(body) if body else None,
        }
        # Numbers go back as they came.
        text = json.dumps({**said, "body": None}).replace('"body": null', f'"body": {body or 0}')
        status = int(request.query.get("status", "200"))
        return web.Response(status=status, text=text, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", echo)
    async with served(app) as url, aiohttp.ClientSession() as session:
        yield Client(session, url, "the-key")


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (
            [("/amount", "is too much"), ("/items", "is too much"), ("", "is late")],
            "is too much; is late",
        ),
        ([], "The request is wrong."),
    ],
)
def test_why_not(found, expected):
    """Each reason is given once, however many places it concerns."""
    errors = [{"pointer": pointer, "detail": detail} for pointer, detail in found]
    reply = Reply(422, {"detail": "The request is wrong.", "errors": errors})

    assert expected == reply.why_not


@pytest.mark.parametrize("amount", AMOUNTS)
async def test_amounts(client, amount):
    """An amount comes back as exactly the decimal that was sent."""
    reply = await client.send("POST", "/purchases", {"price": Decimal(amount)})

    assert Decimal(amount) == Decimal(reply.body["body"]["price"])


async def test_headers(client):
    """Every call carries the key, and the id of the request that it serves."""
    with bound_contextvars(request_id="of-a-page"):
        reply = await client.send("POST", "/purchases", {}, key="once")
    sent = CIMultiDict(reply.body["headers"])

    assert ("Bearer the-key", "of-a-page", "once") == (
        sent["Authorization"],
        sent["X-Request-Id"],
        sent["Idempotency-Key"],
    )


@pytest.mark.parametrize("status", [400, 409, 422])
async def test_refusals(client, status):
    """What the shopper can do something about is an answer, and not taken."""
    reply = await client.send("POST", f"/purchases?status={status}", {})

    assert (status, False) == (reply.status, reply.taken)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
async def test_troubles(client, status):
    """What the shopper can do nothing about ends the page."""
    with pytest.raises(Trouble) as raised:
        await client.send("POST", f"/purchases?status={status}", {})

    assert status == raised.value.status


@pytest.mark.parametrize("status", [400, 404, 409])
async def test_reading(client, status):
    """What cannot be read cannot be shown."""
    with pytest.raises(Trouble) as raised:
        await client.get("/purchases/p", status=str(status))

    assert status == raised.value.status


async def test_nobody_there():
    """An API that does not answer is an outage, not an accident."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Trouble) as raised:
            await Client(session, "http://127.0.0.1:9", "k").get("/purchases")

    assert raised.value.status == 503


def test_ids():
    """An id is one part of a path, whatever stands in it."""
    assert path_of("a/../b?c") == "/purchases/a%2F..%2Fb%3Fc"
    with pytest.raises(Trouble):
        path_of("..")
