"""A shop, and Digital River, before the bare flow."""

import asyncio
from http import HTTPStatus
from typing import Final

from temporalio.client import Client

from demo.catalogue import GERMANY, basket
from demo.http import JSON, Http

from .bare import Bare
from .failures import MeasurementError
from .shop import WANTED

_CALLS: Final = ("source", "submit", "fulfillments")
_IN_COMPANY: Final = (False, True, False, False, True)
"""Of the five events of an order, whether each comes in another's company."""
_APART_SECONDS: Final = 0.1


class BareShop:
    """Buys there what is bought elsewhere."""

    def __init__(self, api: Http, client: Client) -> None:
        self._api = api
        self._client = client

    async def buy(self, number: str) -> None:
        """Open, pay, submit and ship; bring the events, and wait for the end.

        Raises MeasurementError where a call is not answered well.
        """
        await self._post("/purchases", basket(number, GERMANY, WANTED) | {"id": number})
        for call in _CALLS:
            await self._post(f"/purchases/{number}/{call}", {"termsAccepted": True})
        for company in _IN_COMPANY:
            await self._post("/webhooks", {"id": number, "company": company})
            await asyncio.sleep(_APART_SECONDS)
        await self._client.get_workflow_handle_for(Bare.run, number).result()

    async def _post(self, path: str, body: JSON) -> None:
        answer = await self._api.send("POST", path, body)
        if answer.status != HTTPStatus.OK:
            raise MeasurementError(f"{path} was answered {answer.status} {answer.body}")
