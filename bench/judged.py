"""The figures of time and memory, and their limits."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from .comparing import Comparison, Cost
from .crowded import WEBHOOKS_A_SECOND, Crowded, Level
from .figure import Figure
from .quantiles import p50, p99
from .steady import A_SECOND, Steady
from .ways import ROLES

_MIB: Final = 1024 * 1024
_CPU_OF_FLOOR: Final = 4.0
_CPU_OF_PLAIN: Final = 0.5
_SUBMIT_P50: Final = 100
_SUBMIT_P99: Final = 250
_WEBHOOK_P99: Final = 150
_MOVED_SECONDS: Final = 5
_CROWDED: Final = 1.2


def compared(comparison: Comparison) -> Iterator[Figure]:
    """Set out what an order costs the machines."""

    def each(name: str, of: Callable[[Cost], float]) -> Figure:
        cost = {way: of(told) for way, told in comparison.costs.items()}
        return Figure(
            name, cost["purchase"], plain=cost["plain"], bare=cost["bare"], floor=cost["floor"]
        )

    for role in ROLES:
        yield each(f"CPU of the {role}, ms an order", partial(_cpu_of, role))
    whole = each("CPU in all, ms an order", lambda cost: cost.all_cpu)
    yield whole
    floor = whole.floor or 1
    bare = (whole.bare or 0) / floor
    yield Figure("  times the floor's", whole.measured / floor, _CPU_OF_FLOOR, bare=bare)
    yield Figure("  times the plain way's", whole.measured / (whole.plain or 1), _CPU_OF_PLAIN)
    yield each("orders a second at saturation", lambda cost: cost.a_second)
    yield Figure("late events of an order, each a workflow more", comparison.late)
    if comparison.late_one is not None:
        yield Figure("  history events of one", comparison.late_one.events)
        yield Figure("  Temporal actions of one", comparison.late_one.actions)


def _cpu_of(role: str, cost: Cost) -> float:
    return cost.cpu[role]


def waited(steady: Steady) -> Iterator[Figure]:
    """Set out how long shoppers wait; `beyond` is what is left of it without the provider."""
    rate = f"at {A_SECOND:.0f} a second, ms"
    opened = [each.opened * 1000 for each in steady.ours]
    submitted = [each.submitted * 1000 for each in steady.ours]
    opened_there = p50([each.opened * 1000 for each in steady.provider])
    submitted_there = p50([each.submitted * 1000 for each in steady.provider])
    yield Figure(f"first answer p50 {rate}", p50(opened))
    yield Figure(f"first answer p99 {rate}", p99(opened))
    yield Figure("  the provider's own p50", opened_there)
    yield Figure(f"submit p50 {rate}", p50(submitted))
    yield Figure(f"submit p99 {rate}", p99(submitted))
    yield Figure("  the provider's own p50", submitted_there)
    yield Figure("  submit p50 beyond it", p50(submitted) - submitted_there, _SUBMIT_P50)
    yield Figure("  submit p99 beyond it", p99(submitted) - submitted_there, _SUBMIT_P99)


def crowded(seen: Crowded) -> Iterator[Figure]:
    """Set out what many open purchases do to webhooks, orders, memory and recovery."""
    for level in (seen.few, seen.many):
        yield from _level(level)
    few, many = seen.few, seen.many
    times = f"{many.open / few.open:.0f} times as many open"
    webhooks = p99(many.webhooks) / p99(few.webhooks)
    yield Figure(f"{times}: webhook p99, times", webhooks, _CROWDED)
    yield Figure(f"{times}: CPU an order, times", many.cpu / few.cpu, _CROWDED)
    memory = seen.memory
    for name, octets in (("worker", memory.worker), ("server", memory.server)):
        thousand = octets / _MIB / memory.opened * 1000
        yield Figure(f"memory of the {name} for 1,000 open, MiB", thousand)
    for open_ones, seconds in seen.moved_after.items():
        name = f"{seen.moved} of {open_ones:,} open move again after kill -9, s"
        yield Figure(name, seconds, _MOVED_SECONDS)


def _level(level: Level) -> Iterator[Figure]:
    beside = f"{level.open:,} open"
    milliseconds = [each * 1000 for each in level.webhooks]
    rate = f"at {WEBHOOKS_A_SECOND:.0f} a second, {beside}, ms"
    yield Figure(f"webhook p50 {rate}", p50(milliseconds))
    yield Figure(f"webhook p99 {rate}", p99(milliseconds), _WEBHOOK_P99)
    yield Figure(f"webhook max {rate}", max(milliseconds))
    yield Figure(f"webhooks refused {rate.removesuffix(', ms')}", level.refused, 0)
    yield Figure(f"CPU, ms an order, {beside}", level.cpu)
