"""What a failed call means for Temporal, and how a crowd comes back after an outage."""

import asyncio
import dataclasses
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.testing import ActivityEnvironment

from activities import failures
from ferryman.digital_river.errors import (
    Ambiguous,
    DigitalRiverError,
    NotNow,
    TooManyRequests,
    Unavailable,
)
from ferryman.records import DatabasePace, Records
from ferryman.records.gate import CLOSING
from tests.running.records import records_in
from tests.running.river import client_of, sandbox

RATE = 20
BLACKOUT_SECONDS = 5
CROWD = 100
AWAY = NotNow(retry_after=timedelta(seconds=4), cause="Digital River is away since noon")


async def carried_out(step: Callable[[], Awaitable[object]], attempt: int) -> None:
    """One attempt at a step, as an activity makes it."""
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=attempt)

    async def run() -> None:
        async with failures.told():
            await step()

    await environment.run(run)


async def failure_of(error: DigitalRiverError, attempt: int = 1) -> ApplicationError:
    """What Temporal is told of this error."""

    async def step() -> None:
        raise error

    with pytest.raises(ApplicationError) as failed:
        await carried_out(step, attempt)
    return failed.value


async def test_who_is_sent_off_is_untouched_and_at_no_fault():
    """A call that was not sent leaves nothing in doubt, says why it waits and alarms nobody."""
    told = await failure_of(AWAY)

    assert "NotNow: Digital River is away since noon" == told.message
    assert (failures.UNTOUCHED, ApplicationErrorCategory.BENIGN) == (told.type, told.category)


@pytest.mark.parametrize("error", [Unavailable(status=503), Ambiguous(status=500)])
async def test_outage_itself_is_a_fault(error):
    """A call that met an outage is reported as failed."""
    assert ApplicationErrorCategory.UNSPECIFIED == (await failure_of(error)).category


@pytest.mark.parametrize("attempt", [1, 30])
async def test_crowd_comes_back_spread(attempt):
    """After a common wait nobody is early, nobody five seconds late, and no moment crowded."""
    delays = [(await failure_of(AWAY, attempt)).next_retry_delay for _ in range(CROWD)]
    tenths = Counter(delay // timedelta(milliseconds=100) for delay in delays)

    assert timedelta(seconds=4) <= min(delays)
    assert max(delays) <= timedelta(seconds=9)
    assert max(tenths.values()) <= 0.15 * CROWD


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 1), (2, 2), (5, 16), (7, 60), (99, 60)])
async def test_one_in_trouble_backs_off(attempt, seconds):
    """A call that fails alone is tried less and less often, once a minute at the least."""
    delay = (await failure_of(Unavailable(status=500), attempt)).next_retry_delay

    assert timedelta(seconds=seconds) <= delay <= 1.1 * timedelta(seconds=seconds)


NOT_SENT = Unavailable(status=429)
IN_DOUBT = Ambiguous(status=500)


async def in_row(*ends: DigitalRiverError | None) -> bool:
    """Whether the attempt after those that ended so has nothing to doubt; None is a crash."""
    said: tuple[str, ...] = ()

    def beat(*details: str) -> None:
        nonlocal said
        said = details

    async def step(end: DigitalRiverError) -> None:
        async with failures.beating():
            raise end

    async def look() -> bool:
        return failures.untouched_before()

    for attempt, end in enumerate([*ends, None], start=1):
        environment = ActivityEnvironment()
        environment.on_heartbeat = beat
        environment.info = dataclasses.replace(
            environment.info, attempt=attempt, heartbeat_details=said
        )
        if end is not None:
            with pytest.raises(type(end)):
                await environment.run(step, end)
    return await environment.run(look)


@pytest.mark.parametrize(
    ("ends", "untouched"),
    [
        ([], True),
        ([NOT_SENT], True),
        ([AWAY, NOT_SENT, AWAY], True),
        ([IN_DOUBT], False),
        ([None], False),
        ([AWAY, IN_DOUBT], False),
        ([IN_DOUBT, AWAY], False),
        ([AWAY, IN_DOUBT, AWAY, AWAY], False),
        ([AWAY, None], False),
        ([AWAY, None, AWAY], False),
    ],
)
async def test_doubt(ends, untouched):
    """Only where every attempt so far surely changed nothing is there nothing to doubt."""
    assert untouched is await in_row(*ends)


class Outside:
    """A sandbox with Digital River's rate, and two workers' clients that share a pace."""

    def __init__(self, http: aiohttp.ClientSession, url: str, workers: list[Records]) -> None:
        self._http = http
        self._url = url
        self.clients = [
            client_of(http, url, pace=DatabasePace(worker.engine, RATE)) for worker in workers
        ]

    async def fault(self, **fault: Any) -> None:
        """Plan a fault."""
        await self._http.post(f"{self._url}/_sandbox/faults", json=fault)

    async def mend(self) -> float:
        """End all faults; the time then."""
        await self._http.delete(f"{self._url}/_sandbox/faults")
        return time.time()

    async def calls(self) -> list[tuple[float, int | None]]:
        """When each call began, in seconds since 1970, and its status."""
        async with self._http.get(f"{self._url}/_sandbox/ledger") as response:
            requests = (await response.json())["requests"]
        return [
            (
                datetime.fromisoformat(each["time"]).timestamp() - each["durationMs"] / 1000,
                each["status"],
            )
            for each in requests
        ]

    async def ask(self, number: int) -> float:
        """Make one call as a step does, again and again until it has an answer; the time then."""

        async def step() -> None:
            await self.clients[number % 2].list_orders(limit=1)

        for attempt in count(1):
            try:
                await carried_out(step, attempt)
            except ApplicationError as failed:
                delay = failed.next_retry_delay or timedelta()
                # Temporal waits a second at the least.
                await asyncio.sleep(max(delay.total_seconds(), 1))
            else:
                break
        return time.time()


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Outside]:
    """The outside with two workers on one database."""
    async with (
        records_in(folder) as one,
        records_in(folder) as two,
        sandbox(rate_limit=25) as url,
        aiohttp.ClientSession() as http,
    ):
        yield Outside(http, url, [one, two])


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    """An outside of this test's own."""
    async with opened(tmp_path) as outside:
        yield outside


async def test_blackout(outside):
    """A hundred open calls hardly touch a dead provider, and are all done soon after its return."""
    await outside.fault(kind="status", times=0)
    crowd = [asyncio.create_task(outside.ask(number)) for number in range(CROWD)]
    # As long as it lasts: nothing is waited for.
    await asyncio.sleep(BLACKOUT_SECONDS)
    returned = await outside.mend()
    done = await asyncio.gather(*crowd)

    calls = await outside.calls()
    during = [began for began, _ in calls if began < returned]
    probes = [began for began in during if began > during[0] + 2]
    assert len(during) < 3 * CLOSING
    assert 1 <= len(probes) <= BLACKOUT_SECONDS - 2
    assert max(done) <= returned + 30
    assert len(calls) - len(during) - CROWD <= 1  # at most a hundredth refused for the rate


async def test_retry_after(outside):
    """Nobody calls before the moment that one of all was told; then all go on within the rate."""
    await outside.fault(kind="status", status=429, retryAfter=3)
    with pytest.raises(TooManyRequests):
        await outside.clients[0].list_orders(limit=1)
    await asyncio.gather(*(outside.ask(number) for number in range(40)))

    told, *later = [began for began, _ in await outside.calls()]
    assert 40 == len(later)
    assert min(later) >= told + 3
    assert max(sum(begin <= each < begin + 1 for each in later) for begin in later) <= RATE


async def test_one_poisoned_order(outside):
    """One resource that fails again and again closes nothing while others are answered."""
    await outside.fault(kind="status", status=500, path="/orders/1", times=0)
    poisoned, healthy = outside.clients
    for _ in range(CLOSING):
        for _ in range(3):
            with pytest.raises(Unavailable, match="500"):
                await poisoned.get_order("1")
        await healthy.list_orders(limit=1)
