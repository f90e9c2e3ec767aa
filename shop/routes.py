"""What a page declares about itself."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Page:
    """One method on one path of the shop's."""

    method: str
    path: str
    handler: Handler
    endless: bool = False
    """True where the answer goes on for as long as the browser listens."""
