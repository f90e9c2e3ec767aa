"""What becomes of webhooks, orders and crashes while many purchases are open."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from statistics import mean
from typing import Final

from .paced import by_a_crowd, by_the_clock
from .postman import KINDS, Postman
from .recovery import recover
from .scale import Scale
from .shop import Open, Shop
from .system import TEMPORAL, System
from .ways import Batches, Way

WEBHOOKS_A_SECOND: Final = 50.0
_OPENING_AT_ONCE: Final = 40
_BATCHES: Final = 2
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Level:
    """With so many open: seconds to each webhook's answer, milliseconds of a core for an order."""

    open: int
    webhooks: Sequence[float]
    refused: int
    cpu: float


@dataclass(frozen=True)
class Memory:
    """Bytes that so many open purchases more have taken."""

    opened: int
    worker: int
    server: int


@dataclass(frozen=True)
class Crowded:
    """Both levels; seconds until so many had `moved` after a crash, by how many were open."""

    few: Level
    many: Level
    memory: Memory
    moved: int
    moved_after: Mapping[int, float]


class Crowd:
    """Purchases that are accepted and wait for their parcels; the postman knows all of them."""

    def __init__(self, shop: Shop, postman: Postman, system: System, tell: Tell) -> None:
        self.open: list[Open] = []
        self.postman = postman
        self._shop = shop
        self._system = system
        self._tell = tell
        self._numbers = count(1)

    async def grow(self, to: int) -> None:
        """Open more until there are so many."""
        missing = max(0, to - len(self.open))
        ids = (f"open-{next(self._numbers)}" for _ in range(missing))
        self.open += await by_a_crowd(_OPENING_AT_ONCE, map(self._join, ids))
        await self._system.quiet()
        self._tell(f"{len(self.open)} purchases are open")

    async def _join(self, purchase_id: str) -> Open:
        joined = await self._shop.leave_open(purchase_id)
        await self.postman.learn(joined)
        return joined


async def crowd(
    system: System, people: Crowd, batches: tuple[Batches, Way], scale: Scale
) -> Crowded:
    """Measure with few and with many open."""
    await people.grow(scale.few)
    few = await _level(people, batches, scale)
    await people.grow(scale.moved)
    moved_after = {len(people.open): await recover(system, people.postman, people.open)}
    await system.quiet()
    # Only now: the worker that is to be weighed is a new one, which knows all that are open.
    before = len(people.open), system.resident_bytes("worker"), system.resident_bytes(TEMPORAL)
    await people.grow(scale.many)
    memory = Memory(
        len(people.open) - before[0],
        system.resident_bytes("worker") - before[1],
        system.resident_bytes(TEMPORAL) - before[2],
    )
    many = await _level(people, batches, scale)
    moving = people.open[: scale.moved]
    moved_after[len(people.open)] = await recover(system, people.postman, moving)
    return Crowded(few, many, memory, scale.moved, moved_after)


async def _level(people: Crowd, batches: tuple[Batches, Way], scale: Scale) -> Level:
    open_ones = people.open

    async def ring(number: int, due: float) -> float:
        kind = KINDS[number % len(KINDS)]
        return await people.postman.ring(kind, open_ones[number % len(open_ones)], due)

    before = people.postman.refused
    webhooks = await by_the_clock(WEBHOOKS_A_SECOND, scale.webhook_seconds, ring)
    refused = people.postman.refused - before
    doing, way = batches
    done = [await doing.do(way, scale.orders, scale.at_once) for _ in range(_BATCHES)]
    return Level(len(open_ones), webhooks, refused, mean(each.all_cpu for each in done))
