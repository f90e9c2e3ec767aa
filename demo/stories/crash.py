"""The story of a worker that is killed while orders are being created."""

import asyncio

from demo import merchant, provider, shopper
from demo.catalogue import LAMP
from demo.polling import poll
from demo.scene import Scene
from demo.sources import card


async def worker_killed_in_the_middle(scene: Scene) -> None:
    """Kill the worker when the order exists and its answer has not come; start another."""
    await shopper.fills_basket(scene, {LAMP: 1})
    await shopper.pays_with(scene, card())
    await provider.keeps_silent_about_the_order(scene)
    submission = asyncio.create_task(shopper.submits(scene, "accepted"))
    try:
        await poll(lambda: _order_exists(scene), every=0.05)
        await scene.stage.machine.kill_worker()
        scene.says("the order exists, and the worker is killed; every story feels it")
        await scene.stage.machine.start_worker()
        scene.says("a new worker polls")
        await submission
    finally:
        submission.cancel()
        await asyncio.wait({submission})
    await merchant.ships(scene, "parcel-1", {LAMP: 1})
    await scene.ends("complete")


async def _order_exists(scene: Scene) -> bool | None:
    return await provider.has_the_order(scene) or None
