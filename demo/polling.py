"""Asking again until there is an answer."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

_Found = TypeVar("_Found")


async def poll(look: Callable[[], Awaitable[_Found | None]], every: float = 0.2) -> _Found:
    """Call `look` until it finds something, `every` so many seconds; the caller sets the limit."""
    while True:
        found = await look()
        if found is not None:
            return found
        await asyncio.sleep(every)
