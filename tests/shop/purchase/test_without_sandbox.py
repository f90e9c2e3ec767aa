"""The sandbox's levers where there is no sandbox: nothing is there to be pulled."""

from dataclasses import replace

import pytest
from aiohttp import web

from ferryman.purchase.states import State
from ferryman.settings import DigitalRiverSettings
from ferryman.window_settings import ShopSettings
from shop.controls import Controls
from shop.levers import Pull
from shop.trouble import Trouble
from tests.api.door import Wanted, opened, settings
from tests.running.river import served
from tests.shop.purchase.made import a_purchase

OF_THE_SANDBOX = ["pay", "leave", "approve", "block", "dispute", "resolve", "lose", "hear"]
HTTPS = "https://127.0.0.1:9"


@pytest.fixture
async def provider():
    """A Digital River that knows no controls; gives its address and what it was asked."""
    asked = []

    async def nothing(request):
        asked.append(f"{request.method} {request.raw_path}")
        raise web.HTTPNotFound

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", nothing)
    async with served(app) as url:
        yield url, asked


async def pulls(temporal, records, tmp_path, base_url, purchase_id):
    """Pull each of the sandbox's levers; gives what came of it."""
    told = replace(
        settings(Wanted(), tmp_path / "x.db"),
        digital_river=DigitalRiverSettings(base_url=base_url),
        shop=ShopSettings(shop="on"),
    )
    async with opened(told, temporal.client, records) as door:
        path = f"/shop/purchases/{purchase_id}/levers"
        return {
            (await door.send("POST", f"{path}/{lever}", scope=None)).status
            for lever in OF_THE_SANDBOX
        }


async def test_nothing_fires(temporal, records, tmp_path, keep, new_id, provider):
    """A Digital River without controls is sent none of them, and the lever is not there."""
    await keep(a_purchase(new_id, State.PENDING_PAYMENT))
    base_url, asked = provider
    found = await pulls(temporal, records, tmp_path, base_url, new_id)

    assert set(Pull) - {Pull.SHIP, Pull.CANCEL, Pull.REFUND} == set(OF_THE_SANDBOX)
    assert {404} == found
    assert {"GET /_sandbox/event-rules"} == set(asked)


async def test_real_digital_river(temporal, records, tmp_path, keep, new_id):
    """Where it speaks HTTPS nobody is asked at all."""
    await keep(a_purchase(new_id, State.PENDING_PAYMENT))

    assert {404} == await pulls(temporal, records, tmp_path, HTTPS, new_id)


async def test_sandbox_that_is_away(door, keep, new_id):
    """One that does not answer may be back soon, which is another matter."""
    await keep(a_purchase(new_id, State.PENDING_PAYMENT))
    page = await door.send("POST", f"/shop/purchases/{new_id}/levers/pay", scope=None)

    assert 503 == page.status


async def test_ids_are_quoted(door, provider):
    """Whatever a purchase is called, it stays one part of the address."""
    base_url, asked = provider
    with pytest.raises(Trouble):
        await Controls(door.session, base_url).act("a/b?c", "pay", {})

    assert ["POST /_sandbox/orders/upstream:a%2Fb%3Fc/pay"] == asked
