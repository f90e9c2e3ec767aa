"""What all stories share: both servers, the worker that can be killed, and who listens."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from .http import Http


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
    tell: Callable[[str, str], None]
