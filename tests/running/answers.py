"""Whether somebody answers."""

import asyncio
from http import HTTPStatus

import aiohttp

PATIENCE_SECONDS = 30


async def until(url: str, status: int = HTTPStatus.OK) -> None:
    """Wait until this address answers so, half a minute at the most."""
    async with asyncio.timeout(PATIENCE_SECONDS), aiohttp.ClientSession() as http:
        while True:
            try:
                async with http.get(url) as answer:
                    if answer.status == status:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)
