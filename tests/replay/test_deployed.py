"""A change that open orders do not survive, deployed all the same."""

import asyncio

from faults.travel import opened
from tests.replay.copies import ADDED, working


async def attempts(shopper):
    """How often the purchase's next step was tried."""
    described = await shopper.handle.describe()
    return described.raw_description.pending_workflow_task.attempt


async def acceptance(shopper):
    """What has become of the event that the order is accepted."""
    events = (await shopper.ledger())["events"]
    return next((e["state"] for e in events if e["event"]["type"] == "order.accepted"), None)


async def test_purchases_wait_for_the_code_they_know(temporal, tmp_path):
    """They stand still, take events durably, and go on as soon as the former code is back."""
    async with opened(temporal.client, tmp_path) as world:
        shopper = await world.open()
        await shopper.order("wireTransfer")
        await world.parts.crew.stop()
        async with working(tmp_path / "next", ADDED, world):
            await shopper.at_provider("pay")
            while await attempts(shopper) < 2 or await acceptance(shopper) != "delivered":
                await asyncio.sleep(0.05)
            meanwhile = await shopper.view()
        await world.parts.crew.start()
        accepted = await shopper.until("accepted")
        names = await shopper.names()

    assert "pending_payment" == meanwhile["state"]
    assert "accepted" == accepted["state"]
    assert 1 == names.count("order.accepted")
