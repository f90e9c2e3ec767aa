import asyncio
import json

import pytest
from aiohttp import web
from temporalio.client import WorkflowExecutionStatus

from tests.hostile.provider.conftest import Liar, Lie
from tests.workflows.conftest import Shop

_MIB = b" " * 1024 * 1024


def _says(body: bytes | object, status: int = 200, kind: str = "application/json") -> Lie:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()

    async def lie(_: web.Request) -> web.Response:
        return web.Response(status=status, body=data, headers={"Content-Type": kind})

    return lie


async def _goes_on(request: web.Request) -> web.StreamResponse:
    """An answer of fifty megabytes."""
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(50):
        try:
            await response.write(_MIB)
        except ConnectionError:
            break
    return response


async def _drips(request: web.Request) -> web.StreamResponse:
    """An answer that never ends, a byte at a time."""
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        try:
            await response.write(b" ")
        except ConnectionError:
            break
        await asyncio.sleep(0.1)
    return response


LIES = {
    "a page": _says(b"<html><body>Welcome</body></html>", kind="text/html"),
    "a page of failure": _says(b"<html>Bad Gateway</html>", 502, "text/html"),
    "nothing": _says(b""),
    "a text": _says("complete"),
    "a list": _says([]),
    "wrong types": _says({"id": [], "state": 7, "items": "none", "totalAmount": "free"}),
    "an id that leads away": _says({"id": "../../customers", "state": {}}),
    "fifty megabytes": _goes_on,
    "a drip": _drips,
}


def _elsewhere(liar: Liar, status: int) -> Lie:
    async def lie(_: web.Request) -> web.Response:
        return web.Response(status=status, headers={"Location": f"{liar.trap}/orders"})

    return lie


async def _ordered_once(shop: Shop, liar: Liar, call: str, lie: Lie) -> None:
    liar.will_lie(call, lie, 2)
    shopper = await shop.begin()
    await shop.until(shopper, lambda record: record.checkout)
    await shopper.choose()
    await shopper.submit()
    record = await shopper.until("accepted", "fulfilled", "complete")

    orders = (await shopper.ledger())["orders"]
    assert [record.order.id if record.order else None] == [order["id"] for order in orders]
    assert [] == liar.trapped
    assert not [path for path in liar.paths if path.startswith(("/customers", "/../"))]


@pytest.mark.parametrize("name", LIES)
async def test_lies_about_the_order(parts: tuple[Shop, Liar], name: str):
    """Whatever comes back for the order, it is looked for, found, and made once."""
    await _ordered_once(*parts, "POST /orders", LIES[name])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_led_elsewhere(parts: tuple[Shop, Liar], status: int):
    """A redirect is not followed, wherever it leads: the key is Digital River's alone."""
    shop, liar = parts
    await _ordered_once(shop, liar, "POST /orders", _elsewhere(liar, status))


@pytest.mark.parametrize("call", ["GET /orders", "GET /checkouts"])
@pytest.mark.parametrize("name", ["a page", "wrong types", "a list", "fifty megabytes"])
async def test_lies_about_what_is_read(parts: tuple[Shop, Liar], name: str, call: str):
    """So it is where a look-up is lied to."""
    await _ordered_once(*parts, call, LIES[name])


@pytest.mark.parametrize("name", ["an id that leads away", "wrong types", "a list"])
async def test_lies_about_the_checkout(parts: tuple[Shop, Liar], name: str):
    """A checkout that cannot be one ends no workflow, and calls nobody else."""
    shop, liar = parts
    liar.will_lie("POST /checkouts", LIES[name], 1)
    shopper, start = shop.prepare()
    beginning = asyncio.ensure_future(start)
    await shop.until_recorded(shopper, lambda record: record.checkout)
    await beginning
    state = (await shopper.handle.describe()).status

    assert WorkflowExecutionStatus.RUNNING == state
    assert [] == liar.trapped
    assert not [path for path in liar.paths if "customers" in path]
