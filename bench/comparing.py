"""The comparison: all three ways in turn, so that what else the machine does hits all alike."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from temporalio.client import Client

from .lives import Life, Usual, life_of, usual
from .scale import Scale
from .system import System
from .ways import ROLES, Batch, Batches, Way

Tell = Callable[[str], None]

_WARM_UP = 4
_LOOKED_AT = 20
_LATE = "WorkflowType = 'ParkedEvent' AND ExecutionStatus = 'Completed'"
_PURCHASES = "WorkflowType = 'Purchase' AND ExecutionStatus = 'Completed'"


@dataclass(frozen=True)
class Cost:
    """What an order of one way costs; milliseconds of a core by role, orders a second."""

    usual: Usual
    cpu: Mapping[str, float]
    a_second: float

    @property
    def all_cpu(self) -> float:
        """Milliseconds of all roles."""
        return sum(self.cpu.values())


@dataclass(frozen=True)
class Comparison:
    """The costs by the way's name; what is usual of events that came after the end of an order."""

    costs: Mapping[str, Cost]
    late: float
    """How many there were for an order; each is a workflow of its own."""
    late_one: Usual | None


async def compare(
    system: System, client: Client, ways: Sequence[Way], scale: Scale, tell: Tell
) -> Comparison:
    """Do batches of all ways in a rotating order; medians over the rounds."""
    batches = Batches(system)
    rounds: dict[str, list[Batch]] = defaultdict(list)
    lives: dict[str, list[Life]] = defaultdict(list)
    for way in ways:
        await batches.do(way, _WARM_UP, _WARM_UP)
    for number in range(scale.rounds):
        for way in (*ways[number % len(ways) :], *ways[: number % len(ways)]):
            batch = await batches.do(way, _size(way, scale), scale.at_once)
            rounds[way.name].append(batch)
            lives[way.name] += [await life_of(client, way.workflow_id(each)) for each in batch.ids]
            told = f"round {number + 1}, {way.name}: {batch.all_cpu:.0f} ms of a core for an order"
            tell(told)
    rates = {way.name: await _saturated(batches, way, scale, tell) for way in ways}
    costs = {
        name: Cost(usual(lives[name]), _medians(done), rates[name]) for name, done in rounds.items()
    }
    bought = await _count(client, _PURCHASES)
    late = [await life_of(client, each) for each in await _some(client, _LATE)]
    late_ones = await _count(client, _LATE)
    return Comparison(costs, late_ones / bought, usual(late) if late else None)


async def _saturated(batches: Batches, way: Way, scale: Scale, tell: Tell) -> float:
    size = scale.saturated * (_size(way, scale) // scale.orders)
    a_second = (await batches.do(way, size, scale.at_once)).a_second
    tell(f"at saturation, {way.name}: {a_second:.1f} a second")
    return a_second


def _size(way: Way, scale: Scale) -> int:
    return scale.empty if way.name == "floor" else scale.orders


def _medians(batches: Sequence[Batch]) -> Mapping[str, float]:
    return {role: median(batch.cpu[role] for batch in batches) for role in ROLES}


async def _count(client: Client, query: str) -> int:
    return (await client.count_workflows(query)).count


async def _some(client: Client, query: str) -> list[str]:
    return [each.id async for each in client.list_workflows(query, limit=_LOOKED_AT)]
