import asyncio
from collections.abc import AsyncIterator

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion

from faults.travel import opened
from tests.production.deployed import (
    DEPLOYMENT,
    FORMER,
    NEXT,
    commands,
    count,
    deployed,
    polled,
    sh,
    until,
)
from tests.replay.copies import PATCHED
from tests.running.temporal import dev_server
from workers.version import tell_if_idle

SOON = [
    # A version that nobody needs any more is said to be drained after three minutes.
    "--dynamic-config-value",
    'matching.wv.VersionDrainageStatusVisibilityGracePeriod="1s"',
    "--dynamic-config-value",
    'matching.wv.VersionDrainageStatusRefreshInterval="1s"',
]
OPEN = 50
LATER = 6
AT_ONCE = 5
ON = "TemporalWorkerDeploymentVersion = 'ferryman:{}' AND ExecutionStatus = 'Running'"
STUCK = "TemporalReportedProblems IS NOT NULL"
PINNED = "TemporalWorkflowVersioningBehavior = 'Pinned' AND ExecutionStatus = 'Running'"


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A dev server of its own, which is quick to say that a version is drained."""
    async with dev_server(*SOON) as environment:
        yield environment.client


async def each(action, shoppers):
    """The same for all of them, a few at once, so that none has to wait for long."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(shopper):
        async with turn:
            return await action(shopper)

    return await asyncio.gather(*map(one, shoppers))


async def ordered(shopper):
    """See its order made, and the money awaited."""
    await shopper.order("wireTransfer")
    await shopper.until("pending_payment")


async def buying(world, number):
    """So many open purchases, every other with an unpaid order, the rest with none yet."""

    async def begun(index):
        shopper = await world.open()
        await shopper.shows(lambda view: view["checkout"])
        if index % 2:
            await ordered(shopper)
        return shopper

    return await each(begun, range(number))


async def paid(shopper):
    """See the money come in, and what follows."""
    if (await shopper.view())["state"] == "checkout":
        await ordered(shopper)
    await shopper.at_provider("pay")
    await shopper.until("accepted")


async def shipped(shopper):
    """See the last of its goods off."""
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shopper.until("fulfilled", "complete")


async def warned(client, build):
    """What a worker of this version says of the work that it gets."""
    with capture_logs() as lines:
        await tell_if_idle(client, WorkerDeploymentVersion(DEPLOYMENT, build))
    told = REGISTRY.get_sample_value("ferryman_worker_gets_work")
    return [line["event"] for line in lines], told


@pytest.mark.timeout(240)
async def test_open_purchases_move_to_a_version_and_back(client, tmp_path):
    """Fifty open purchases change workers, and back, and none of them stands still.

    The commands are the document's. Those that have taken the new version's patch stay on it while
    the others go back.
    """
    first, onward, back, again, drained = commands()
    async with opened(client, tmp_path) as world:
        await world.parts.crew.stop()
        async with deployed(tmp_path / "former", FORMER, [], world) as former:
            await polled(world, FORMER)
            idle_at_first = await warned(client, FORMER)
            await sh(world, first)
            idle_then = await warned(client, FORMER)
            shoppers = await buying(world, OPEN)
            async with deployed(tmp_path / "next", NEXT, PATCHED, world):
                await polled(world, NEXT)
                on_next_before = await count(world, ON.format(NEXT))
                await sh(world, onward)
                later = await buying(world, LATER)
                await each(paid, shoppers[:10])
                on_next = await count(world, ON.format(NEXT))

                await sh(world, back)
                await each(paid, [*shoppers[10:20], *later[:3]])
                pinned = await count(world, PINNED)

                await sh(world, again)
                await until(world, PINNED, 0)
                await each(paid, [*shoppers[20:], *later[3:]])
                async with asyncio.timeout(60):
                    while "drained" not in (said := await sh(world, drained)):
                        await asyncio.sleep(0.5)
                await former.stop()
                await each(shipped, [*shoppers, *later])
                stuck = await count(world, STUCK)
                left = await count(world, ON.format(FORMER))

    assert [(["version_gets_no_work"], 0), ([], 1)] == [idle_at_first, idle_then]
    assert 0 == on_next_before
    assert on_next >= 10 + LATER
    assert LATER == pinned
    assert "drained" in said
    assert 0 == stuck
    assert 0 == left
