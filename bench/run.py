"""One run from the first process to the last figure."""

from collections.abc import Callable
from pathlib import Path

from .comparing import compare
from .counted import counted
from .crowded import Crowd, crowd
from .figure import Figure
from .judged import compared, crowded, waited
from .running import people
from .scale import Scale
from .steady import steadily
from .system import Place, System
from .ways import Batches, bare, floor, ours, plain

Tell = Callable[[str], None]


async def run(folder: Path, scale: Scale, tell: Tell) -> list[Figure]:
    """Measure everything on a fresh system in this folder; raises DemoError where it fails."""
    system = System(Place.within(folder))
    tell("starting")
    async with system.running():
        return await system.outlived_by_all(_measure(system, scale, tell))


async def _measure(system: System, scale: Scale, tell: Tell) -> list[Figure]:
    async with people(system) as there:
        purchase = ours(there.shop)
        ways = (floor(there.client), bare(there.bare_shop), purchase, plain(there.plain_shop))
        comparison = await compare(system, there.client, ways, scale, tell)
        await system.end_comparison()
        tell("buying at a steady rate")
        steady = await steadily(there.shop, there.provider, scale)
        waiting = Crowd(there.shop, there.postman, system, tell)
        batches = Batches(system, "crowded"), purchase
        seen = await crowd(system, waiting, batches, scale)
    usual = {name: cost.usual for name, cost in comparison.costs.items()}
    return [
        *counted(usual),
        *compared(comparison),
        *waited(steady),
        *crowded(seen),
    ]
