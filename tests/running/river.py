"""A Digital River in the test's own process, and who talks to it as a worker does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from ferryman.digital_river.client import DigitalRiver
from ferryman.sandbox import SandboxSettings, create_sandbox


@asynccontextmanager
async def served(app: web.Application) -> AsyncIterator[str]:
    """Serve anything on this machine; where it is."""
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("")).rstrip("/")


@asynccontextmanager
async def sandbox(**told: Any) -> AsyncIterator[str]:
    """The sandbox, which sends no webhooks and has no limit unless it is told so; where it is."""
    settings = SandboxSettings(**{"webhook_url": "", "rate_limit": 0, **told}, _env_file=None)
    async with served(create_sandbox(settings)) as url:
        yield url


def client_of(http: aiohttp.ClientSession, url: str, **more: Any) -> DigitalRiver:
    """Who talks to a sandbox and waits two seconds for its answers, unless told otherwise."""
    told = {"api_key": SecretStr("sk_test_sandbox"), "timeout_seconds": 2, **more}
    return DigitalRiver(http, base_url=url, **told)
