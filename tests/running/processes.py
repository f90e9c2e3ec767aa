"""Processes side by side, which answer before the test goes on."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import psutil

from demo.child import Child, Program
from demo.failures import ChildDiedError

HOST = "127.0.0.1"


@asynccontextmanager
async def running(
    folder: Path, told: Mapping[Program, Mapping[str, str]]
) -> AsyncIterator[dict[str, Child]]:
    """These programs, each with its environment, until the block ends; none may end by itself.

    Each logs to the file of its name in the folder.
    """
    deaths: list[ChildDiedError] = []
    children = {
        program.name: Child(
            program, environment, folder, folder / f"{program.name}.log", deaths.append
        )
        for program, environment in told.items()
    }
    try:
        for child in children.values():
            await child.start()
        await asyncio.gather(*map(ready, children.values()))
        yield children
    finally:
        await asyncio.gather(*(child.stop() for child in children.values()))
    assert [] == deaths


async def ready(child: Child) -> None:
    """Wait until it answers."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        await child.ready(session)


def pid_at(port: int) -> int:
    """Who listens at this port."""
    (pid,) = {
        each.pid
        for each in psutil.net_connections("tcp")
        if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr.port == port
    }
    assert pid is not None, f"port {port} is somebody else's"
    return pid
