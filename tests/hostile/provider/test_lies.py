import asyncio
import json
from collections.abc import Iterable

from aiohttp import web
from temporalio.client import WorkflowExecutionStatus

from tests.hostile.provider.conftest import Liar, Lie
from tests.workflows.shop import Shop

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


async def _order(shop: Shop, liar: Liar, call: str, lie: Lie) -> list[str | None]:
    """Order while two answers are lies; what we and what Digital River hold for the order."""
    shopper, start = shop.prepare()
    liar.will_lie(shopper.id, call, lie, 2)
    await start
    await shop.until(shopper, lambda record: record.checkout)
    await shopper.choose()
    await shopper.submit()
    record = await shopper.until("accepted", "fulfilled", "complete")
    theirs = [order["id"] for order in (await shopper.ledger())["orders"]]
    return [record.order.id if record.order else None, *theirs]


async def _all_ordered_once(shop: Shop, liar: Liar, lies: Iterable[tuple[str, Lie]]) -> None:
    told = await asyncio.gather(*(_order(shop, liar, call, lie) for call, lie in lies))

    assert len(told) == len(liar.lied_to)
    assert [] == [each for each in told if len(each) != 2 or each[0] != each[1]]
    assert [] == liar.trapped
    assert [] == [path for path in liar.paths if "customers" in path]


async def test_lies_about_the_order(parts: tuple[Shop, Liar]):
    """Whatever comes back for the order, it is looked for, found, and made once."""
    await _all_ordered_once(*parts, [("POST /orders", lie) for lie in LIES.values()])


async def test_led_elsewhere(parts: tuple[Shop, Liar]):
    """A redirect is not followed, wherever it leads: the key is Digital River's alone."""
    shop, liar = parts
    redirects = [_elsewhere(liar, status) for status in (301, 302, 303, 307, 308)]
    await _all_ordered_once(
        shop, liar, [(call, lie) for lie in redirects for call in ("POST /orders", "GET /orders")]
    )


async def test_lies_about_what_is_read(parts: tuple[Shop, Liar]):
    """So it is where a look-up is lied to."""
    names = ("a page", "wrong types", "a list", "fifty megabytes")
    calls = ("GET /orders", "GET /checkouts")
    await _all_ordered_once(*parts, [(call, LIES[name]) for call in calls for name in names])


async def _begin(shop: Shop, liar: Liar, lie: Lie) -> WorkflowExecutionStatus | None:
    shopper, start = shop.prepare()
    liar.will_lie(shopper.id, "POST /checkouts", lie, 1)
    beginning = asyncio.ensure_future(start)
    await shop.until_recorded(shopper, lambda record: record.checkout)
    await beginning
    return (await shopper.handle.describe()).status


async def test_lies_about_the_checkout(parts: tuple[Shop, Liar]):
    """A checkout that cannot be one ends no workflow, and calls nobody else."""
    shop, liar = parts
    states = await asyncio.gather(*(_begin(shop, liar, lie) for lie in LIES.values()))

    assert len(states) == len(liar.lied_to)
    assert {WorkflowExecutionStatus.RUNNING} == set(states)
    assert [] == liar.trapped
    assert [] == [path for path in liar.paths if "customers" in path]
