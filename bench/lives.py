"""Whole lives of workflows as Temporal keeps them, and what is usual among them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median_low

from temporalio.client import Client

from .counting import Count, count


@dataclass(frozen=True)
class Life:
    """One closed workflow; `octets` is the size of its history as Temporal counts it."""

    count: Count
    octets: int
    transitions: int


@dataclass(frozen=True)
class Usual:
    """Medians over many lives, each by itself: the kinds need not add up to the whole."""

    events: int
    actions: int
    octets: int
    transitions: int
    events_by_type: Mapping[str, int]
    actions_by_kind: Mapping[str, int]


async def life_of(client: Client, workflow_id: str) -> Life:
    """Read the newest run of this id; raises RPCError where there is none."""
    handle = client.get_workflow_handle(workflow_id)
    history, described = await asyncio.gather(handle.fetch_history(), handle.describe())
    info = described.raw_description.workflow_execution_info
    return Life(count(history.events), info.history_size_bytes, info.state_transition_count)


def usual(lives: Sequence[Life]) -> Usual:
    """Give the medians; of an even number the lower one, which some life really had."""
    return Usual(
        events=median_low(life.count.all_events for life in lives),
        actions=median_low(life.count.all_actions for life in lives),
        octets=median_low(life.octets for life in lives),
        transitions=median_low(life.transitions for life in lives),
        events_by_type=_each([life.count.events for life in lives]),
        actions_by_kind=_each([life.count.actions for life in lives]),
    )


def _each(counts: Sequence[Mapping[str, int]]) -> Mapping[str, int]:
    names = sorted(set[str]().union(*counts))
    medians = {name: median_low(_of(counts, name)) for name in names}
    return {name: number for name, number in medians.items() if number}


def _of(counts: Iterable[Mapping[str, int]], name: str) -> Iterable[int]:
    return (each.get(name, 0) for each in counts)
