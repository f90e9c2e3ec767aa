"""A change that open orders do not survive, deployed all the same."""

import asyncio
import sys
from contextlib import asynccontextmanager

from faults.travel import opened
from tests.replay.copies import ADDED, edited


@asynccontextmanager
async def working(folder, edits, world):
    """A worker whose flow has these changes, as a process of its own."""
    told = {
        "TEMPORAL_ADDRESS": world.temporal.service_client.config.target_host,
        "FERRYMAN_TASK_QUEUE": world.parts.task_queue,
        "FERRYMAN_DATABASE_URL": world.parts.settings.process.database_url.get_secret_value(),
        "DIGITAL_RIVER_BASE_URL": world.parts.sandbox_url,
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "workers"),
        env={**edited(folder, edits), **told},
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        await process.wait()


async def attempts(shopper):
    """How often the purchase's next step was tried."""
    described = await shopper.handle.describe()
    return described.raw_description.pending_workflow_task.attempt


async def test_purchases_wait_for_the_code_they_know(temporal, tmp_path):
    """They stand still, take events durably, and go on as soon as the former code is back."""
    async with opened(temporal.client, tmp_path) as world:
        shopper = await world.open()
        await shopper.order("wireTransfer")
        await world.parts.crew.stop()
        async with working(tmp_path / "next", ADDED, world):
            await shopper.at_provider("pay")
            while await attempts(shopper) < 2:
                await asyncio.sleep(0.05)
            meanwhile = await shopper.view()
            ledger = await shopper.ledger()
        await world.parts.crew.start()
        accepted = await shopper.until("accepted")
        names = await shopper.names()

    event = next(each for each in ledger["events"] if each["event"]["type"] == "order.accepted")
    assert "pending_payment" == meanwhile["state"]
    assert "delivered" == event["state"]
    assert "accepted" == accepted["state"]
    assert 1 == names.count("order.accepted")
