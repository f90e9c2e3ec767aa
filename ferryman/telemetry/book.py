"""Gauges of the state of all purchases: looked up when they are asked for, but not too often."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import suppress
from typing import Generic, TypeVar

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client

from ferryman.records import RecordsUnavailable

from .figures import Figures, look
from .stuck import count

_LIMIT = 2.0
_OF_RECORDS = 15.0
_OF_TEMPORAL = 60.0

_UNCHANGED = "Seconds since the last change of the one that has changed least lately."
_CALLING = "Purchases that call for a person, by reason."
_OLDEST = "Seconds for which the oldest notice has been due."
_HELD = "Seconds for which Digital River still wants no call."
_AWAY = "Seconds for which Digital River has been away."

Value = TypeVar("Value")
Family = tuple[str, str, str | None, Mapping[str, float]]


class _Kept(Generic[Value]):
    """A value that is asked for again once it is too old; None where it could not be had."""

    def __init__(self, ask: Callable[[], Awaitable[Value]], seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._until = 0.0
        self.value: Value | None = None

    async def refresh(self) -> None:
        """Ask, where it is time; what is not known any more is not told either."""
        if time.monotonic() < self._until:
            return
        self.value = None
        with suppress(RecordsUnavailable, TimeoutError):
            async with asyncio.timeout(_LIMIT):
                self.value = await self._ask()
        self._until = time.monotonic() + self._seconds


class Book(Collector):
    """The gauges of one API; several APIs tell the same, so that rules take the largest."""

    def __init__(
        self, engine: AsyncEngine, client: Client, task_queue: str, *, tells: bool
    ) -> None:
        self._figures = _Kept(lambda: look(engine, tells=tells), _OF_RECORDS)
        self._stuck = _Kept(lambda: count(client, task_queue), _OF_TEMPORAL)
        self._turn = asyncio.Lock()

    async def refresh(self) -> None:
        """Look anew at what is too old; two seconds at most, and one asker at a time."""
        async with self._turn:
            await asyncio.gather(self._figures.refresh(), self._stuck.refresh())

    def collect(self) -> Iterator[Metric]:
        """Give the gauges as they were last seen."""
        if (figures := self._figures.value) is not None:
            yield from map(_gauge, _families(figures))
        if stuck := self._stuck.value:
            yield _gauge(
                ("workflows_stuck", "Workflows that no waiting will help, by kind.", "kind", stuck)
            )


def _families(figures: Figures) -> list[Family]:
    return [
        ("purchases", "Purchases in each open state.", "state", figures.purchases),
        ("purchases_unchanged_seconds", _UNCHANGED, "state", figures.unchanged),
        ("purchases_needing_attention", _CALLING, "reason", figures.attention),
        ("notifications_waiting", "Notices not taken yet.", None, {"": figures.notices}),
        ("notifications_oldest_seconds", _OLDEST, None, {"": figures.oldest_notice}),
        ("provider_held_seconds", _HELD, None, {"": figures.held}),
        ("provider_away_seconds", _AWAY, None, {"": figures.away}),
    ]


def _gauge(family: Family) -> Metric:
    name, meaning, label, values = family
    gauge = GaugeMetricFamily(f"ferryman_{name}", meaning, labels=[label] if label else [])
    for value_of, value in values.items():
        gauge.add_metric([value_of] if label else [], value)
    return gauge
