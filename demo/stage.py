"""What all stories share: both servers, the worker that can be killed, and who listens."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Protocol

import aiohttp

from .http import Http
from .ports import HOST, Ports

_KEY = "ferryman-development"
_SANDBOX_KEY = "sk_test_sandbox"
_CALL = aiohttp.ClientTimeout(total=30)
Tell = Callable[[str, str], None]


class Machine(Protocol):
    """The worker's process."""

    async def kill_worker(self) -> None:
        """End it at once."""

    async def start_worker(self) -> None:
        """Start it and wait until it polls."""


@dataclass(frozen=True)
class Stage:
    """Where the stories play; `tell` hears each step as (story, sentence)."""

    ferryman: Http
    sandbox: Http
    machine: Machine
    tell: Tell


@asynccontextmanager
async def staged(ports: Ports, machine: Machine, tell: Tell) -> AsyncIterator[Stage]:
    """Give the stage of the system that runs on these ports."""
    async with aiohttp.ClientSession(timeout=_CALL) as session:
        yield Stage(
            ferryman=Http(session, f"http://{HOST}:{ports.api}", _KEY),
            sandbox=Http(session, f"http://{HOST}:{ports.sandbox}", _SANDBOX_KEY),
            machine=machine,
            tell=tell,
        )
