"""The provider's own time: the calls behind two answers of ours, made at Digital River directly."""

import asyncio

import aiohttp
from pydantic import SecretStr

from activities.looking import Looking
from activities.translate import checkout_body
from demo.catalogue import GERMANY, basket
from demo.http import Http
from ferryman.digital_river.client import DigitalRiver
from ferryman.purchase.request import PurchaseRequest
from ferryman.settings import PurchaseSettings

from .shop import WANTED, Answered, source_for


class Provider:
    """Digital River without us before it."""

    def __init__(self, http: aiohttp.ClientSession, sandbox: Http, base_url: str, key: str) -> None:
        self._sandbox = sandbox
        self._river = DigitalRiver(http, base_url=base_url, api_key=SecretStr(key))
        self._looking = Looking(self._river, PurchaseSettings().settle_time)

    async def buy(self, upstream_id: str) -> Answered:
        """Make a checkout and its order by the calls that the flow makes, and time just those.

        Nobody hears of the order: it is no purchase, and its events would have to be parked.
        """
        rule = {"upstreamId": upstream_id, "action": "drop"}
        await self._sandbox.send("POST", "/_sandbox/event-rules", rule)
        request = PurchaseRequest.read(basket(upstream_id, GERMANY, WANTED))
        began = _now()
        checkout = await self._river.create_checkout(checkout_body(request, upstream_id, 1))
        opened = _now() - began
        shown = await self._sandbox.get(f"/checkouts/{checkout.id}")
        source = await source_for(self._sandbox, shown.body)
        await self._river.attach_checkout_source(checkout.id, source)
        began = _now()
        await self._looking.order_of(checkout.id)
        await self._river.create_order(checkout.id)
        return Answered(opened, _now() - began)


def _now() -> float:
    return asyncio.get_running_loop().time()
