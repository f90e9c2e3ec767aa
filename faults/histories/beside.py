"""What runs beside the purchases: events that wait for theirs, and the sweep."""

import asyncio
from datetime import timedelta

from temporalio.common import WorkflowIDReusePolicy

from faults.travel import World
from faults.travel.basket import EVERYTHING
from ferryman.purchase.messages import Hint, ProviderEvent
from workflows.parked_event import ParkedEvent
from workflows.sweep import Sweep, SweepPlan

from .life import Handle, Lives

_LONGEST = 30.0
_BETWEEN = 0.05


async def _park(world: World) -> Handle:
    """Park an event of an order that nobody knows."""
    event = ProviderEvent(
        id=f"event-{world.parts.task_queue}",
        name="order.accepted",
        hint=Hint.ACCEPTED,
        order_id="1234567890336",
    )
    return await world.temporal.start_workflow(
        ParkedEvent.run,
        event,
        id=f"parked-event/{event.id}",
        task_queue=world.parts.task_queue,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )


async def _waiting(world: World) -> Handle:
    handle = await _park(world)
    await _has_looked(handle)
    return handle


async def _unclaimed(world: World) -> Handle:
    handle = await _park(world)
    await _has_looked(handle)
    await world.travel(timedelta(hours=73))
    return handle


async def _has_looked(handle: Handle) -> None:
    """Wait until the event has looked for its purchase in vain."""
    async with asyncio.timeout(_LONGEST):
        while True:
            looks = (await handle.describe()).raw_description.pending_activities
            if any(each.attempt > 1 for each in looks):
                return
            await asyncio.sleep(_BETWEEN)


async def _aftermath(world: World) -> Handle:
    """A dispute opens after the purchase's workflow has closed."""
    shopper = await world.open()
    await shopper.order()
    await shopper.ship("parcel-1", *EVERYTHING)
    await shopper.handle.result()
    await shopper.at_provider("dispute")
    await shopper.until("disputed")
    query = f"WorkflowType = 'ParkedEvent' AND TaskQueue = '{world.parts.task_queue}'"
    async for each in world.temporal.list_workflows(query):
        handle = world.temporal.get_workflow_handle(each.id)
        await handle.result()
        if "look_again" in str(await handle.fetch_history()):
            return handle
    raise RuntimeError("nothing was parked")


async def _sweep(world: World) -> Handle:
    """One event went missing and is found."""
    shopper = await world.open()
    await shopper.order("wireTransfer")
    await shopper.rule("drop")
    await shopper.at_provider("pay")
    handle = await world.temporal.start_workflow(
        Sweep.run,
        SweepPlan(overlap=timedelta(seconds=2), grace=timedelta(0)),
        id=f"sweep/{world.parts.task_queue}",
        task_queue=world.parts.task_queue,
    )
    await handle.result()
    await shopper.until("accepted")
    return handle


LIVES: Lives = {
    "parked_event": _waiting,
    "parked_event.unclaimed": _unclaimed,
    "parked_event.aftermath": _aftermath,
    "sweep": _sweep,
}
