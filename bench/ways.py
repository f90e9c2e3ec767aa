"""The ways that are compared, and what a batch of each costs."""

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

from temporalio.client import Client

from ferryman.purchase.purchase import workflow_id

from .bare_shop import BareShop
from .empty import QUEUE, Floor
from .paced import by_a_crowd
from .shop import Shop
from .system import BARE_API, BARE_WORKER, FLOOR, PLAIN, TEMPORAL, System

ROLES = ("server", "worker", "API")


@dataclass(frozen=True)
class Way:
    """One way: what is done, and which processes do it; without a name it is this process."""

    name: str
    do: Callable[[str], Coroutine[Any, Any, object]]
    workflow_id: Callable[[str], str]
    processes: Mapping[str, str]


@dataclass(frozen=True)
class Batch:
    """What some orders cost: milliseconds of a core for each, by role, and how long they took."""

    ids: tuple[str, ...]
    cpu: Mapping[str, float]
    seconds: float

    @property
    def all_cpu(self) -> float:
        """Milliseconds for an order, in all roles."""
        return sum(self.cpu.values())

    @property
    def a_second(self) -> float:
        """Orders a second."""
        return len(self.ids) / self.seconds


class Batches:
    """Does batches, each order under an id of its own."""

    def __init__(self, system: System, name: str = "") -> None:
        self._system = system
        self._name = name
        self._numbers = itertools.count(1)

    def ids(self, way: Way, count: int) -> tuple[str, ...]:
        """Make ids that were not there before."""
        return tuple(f"{self._name}{way.name}-{next(self._numbers)}" for _ in range(count))

    async def do(self, way: Way, count: int, at_once: int) -> Batch:
        """Do so many, and wait until all that they caused is over before reading the clocks."""
        await self._system.quiet()
        before = self._cpu(way)
        began = asyncio.get_running_loop().time()
        ids = self.ids(way, count)
        await by_a_crowd(at_once, map(way.do, ids))
        seconds = asyncio.get_running_loop().time() - began
        await self._system.quiet()
        after = self._cpu(way)
        cpu = {role: (after[role] - before[role]) * 1000 / count for role in ROLES}
        return Batch(ids, cpu, seconds)

    def _cpu(self, way: Way) -> Mapping[str, float]:
        return {role: self._system.cpu_seconds(way.processes[role]) for role in ROLES}


def floor(client: Client) -> Way:
    """Start an empty workflow and wait for its end; its caller is this very process."""

    async def do(number: str) -> None:
        await client.execute_workflow(Floor.run, id=number, task_queue=QUEUE)

    return Way("floor", do, str, {"server": TEMPORAL, "worker": FLOOR, "API": ""})


def ours(shop: Shop) -> Way:
    """Buy as a shopper does."""
    processes = {"server": TEMPORAL, "worker": "worker", "API": "api"}
    return Way("purchase", shop.buy, workflow_id, processes)


def plain(shop: Shop) -> Way:
    """Buy the same where every step is an ordinary activity."""
    processes = {"server": TEMPORAL, "worker": PLAIN + "worker", "API": PLAIN + "api"}
    return Way("plain", shop.buy, workflow_id, processes)


def bare(shop: BareShop) -> Way:
    """Make the same calls, and bring the same events, where nothing else is done with them."""
    processes = {"server": TEMPORAL, "worker": BARE_WORKER, "API": BARE_API}
    return Way("bare", shop.buy, str, processes)
