"""The story of a worker that is killed while orders are being created."""

import asyncio

from demo import merchant, provider, shopper
from demo.catalogue import LAMP
from demo.polling import poll
from demo.scene import Scene
from demo.sources import card

_DELAY = "PT2S"


async def worker_killed_in_the_middle(scene: Scene) -> None:
    """Kill the worker while Digital River creates the order, and start it again."""
    await shopper.fills_basket(scene, {LAMP: 1})
    await shopper.pays_with(scene, card())
    await provider.is_slow_to_create_orders(scene, _DELAY)
    submission = asyncio.create_task(shopper.submits(scene, "accepted"))
    try:
        await poll(lambda: _under_way(scene), every=0.05)
        await scene.stage.machine.kill_worker()
        scene.says("the worker is killed with the order under way; every story feels it")
        await scene.stage.machine.start_worker()
        scene.says("a new worker polls")
        await submission
    finally:
        submission.cancel()
        await asyncio.wait({submission})
    await merchant.ships(scene, "parcel-1", {LAMP: 1})
    await scene.ends("complete")


async def _under_way(scene: Scene) -> bool | None:
    return True if (await scene.purchase())["state"] == "submitting" else None
