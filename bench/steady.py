"""How long shoppers wait at a steady rate, whatever the system makes of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .paced import by_the_clock
from .provider import Provider
from .scale import Scale
from .shop import Answered, Shop

A_SECOND: Final = 5.0
_DIRECTLY_A_SECOND: Final = 1.0


@dataclass(frozen=True)
class Steady:
    """What shoppers waited for us, and what the same calls take at Digital River meanwhile."""

    ours: Sequence[Answered]
    provider: Sequence[Answered]


async def steadily(shop: Shop, provider: Provider, scale: Scale) -> Steady:
    """Buy five a second by the clock; beside them, one a second straight at the provider."""

    async def buy(number: int, due: float) -> Answered:
        return await shop.buy(f"steady-{number}", due)

    async def directly(number: int, due: float) -> Answered:
        del due
        return await provider.buy(f"direct-{number}")

    seconds = scale.steady_seconds
    return Steady(
        *await asyncio.gather(
            by_the_clock(A_SECOND, seconds, buy),
            by_the_clock(_DIRECTLY_A_SECOND, seconds, directly),
        )
    )
