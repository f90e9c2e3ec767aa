"""Stuck orders of eight kinds among two hundred healthy ones: each in its view, and they alone."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.operating.planted import HEALTHY, Garden
from tests.operating.runbook import views
from tests.operating.stage import staged

LONGEST_SECONDS = 90
KINDS = {
    "past_its_window": "past its window",
    "retrying": "a step that fails",
    "parked_for_nobody": "events that are nobody's",
    "stumbling": "the flow fails",
    "key_refused": "Digital River refuses our key",
    "unreadable": "the flow fails",
    "on_an_empty_queue": "on a queue that our workers do not poll",
    "orphan": "orders that nobody expects: found by the sweep, or paid after the end",
}


async def listed(garden, view):
    """What a view of the runbook lists now."""
    now = datetime.now(UTC)
    query = views()[view]
    for name, value in {
        "NOW": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "HOUR-AGO": f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
        "'purchases'": f"'{garden.queue}'",
    }.items():
        query = query.replace(name, value)
    return {each.id async for each in garden.client.list_workflows(query)}


async def found_after(garden, kind):
    """Plant one; the seconds until its view lists it."""
    planted = await getattr(garden, kind)()
    began = time.monotonic()
    async with asyncio.timeout(LONGEST_SECONDS):
        while planted not in await listed(garden, KINDS[kind]):
            await asyncio.sleep(0.5)
    return planted, time.monotonic() - began


@pytest.mark.timeout(240)
async def test_each_kind_is_found_and_nothing_else(temporal, tmp_path):
    """All eight within 90 s of being planted, and none of the healthy ones by any view."""
    async with staged(temporal, tmp_path, short=False) as stage:
        garden = Garden(stage)
        async with garden.neighbours():
            healthy, *found = await asyncio.gather(
                garden.healthy(), *(found_after(garden, kind) for kind in KINDS)
            )
        wrongly = {view: await listed(garden, view) & set(healthy) for view in views()}

    for kind, (_, seconds) in zip(KINDS, found, strict=True):
        print(f"{kind:<20}{seconds:>6.1f} s  {KINDS[kind]}")  # noqa: T201 - the figure to quote
    assert sum(HEALTHY.values()) == len(set(healthy))
    assert not any(wrongly.values()), wrongly
