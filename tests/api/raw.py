"""HTTP as bytes, for what no client library would send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.api.door import Door


@asynccontextmanager
async def connected(
    door: Door,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A bare connection to the API."""
    reader, writer = await asyncio.open_connection(door.host, door.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


async def exchange(door: Door, sent: bytes, seconds: float = 10) -> bytes:
    """Send bytes and read until the API closes the connection."""
    async with connected(door) as (reader, writer):
        writer.write(sent)
        try:
            async with asyncio.timeout(seconds):
                return await reader.read()
        except ConnectionResetError:
            return b""


def status_of(answer: bytes) -> int:
    """The first answer's status."""
    return int(answer.split(b" ", 2)[1])
