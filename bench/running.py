"""A running system and everybody who does something with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from demo.http import Http
from demo.ports import HOST
from demo.stage import staged

from .bare_shop import BareShop
from .postman import Postman
from .provider import Provider
from .shop import Shop, subscribe
from .system import System

_KEY: Final = "sk_test_sandbox"


@dataclass(frozen=True)
class People:
    """The shops before our API, the plain way's and the bare one, and who is at Digital River."""

    client: Client
    shop: Shop
    plain_shop: Shop
    bare_shop: BareShop
    provider: Provider
    postman: Postman


@asynccontextmanager
async def people(system: System) -> AsyncIterator[People]:
    """Reach the system, whose sandboxes from now on send the events that mean something."""
    place = system.place
    ports = (place.ours.sandbox, place.ours.api, place.bare.api)
    sandbox, api, bare = (f"http://{HOST}:{port}" for port in ports)
    client = await Client.connect(place.temporal, data_converter=pydantic_data_converter)
    async with (
        staged(place.ours, system, _unheard) as ours,
        staged(place.plain, system, _unheard) as plain,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
    ):
        await subscribe(ours.sandbox)
        await subscribe(plain.sandbox)
        yield People(
            client=client,
            shop=Shop(ours, client),
            plain_shop=Shop(plain, client),
            bare_shop=BareShop(Http(http, bare), client),
            provider=Provider(http, ours.sandbox, sandbox, _KEY),
            postman=Postman(http, api, sandbox, _KEY),
        )


def _unheard(story: str, sentence: str) -> None:
    del story, sentence
