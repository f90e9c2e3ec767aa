"""Stories of money that the shopper sends."""

import asyncio

from demo import merchant, provider, shopper
from demo.catalogue import CABLE, JAPAN, LAMP, UNITED_STATES
from demo.scene import Scene
from demo.sources import push

_LATE = 5.0


async def wire_transfer_paid_late(scene: Scene) -> None:
    """Pay by wire transfer when the payment window is nearly over."""
    await shopper.fills_basket(scene, {LAMP: 2}, UNITED_STATES)
    await shopper.pays_with(scene, push("wireTransfer"))
    await shopper.submits(scene, "pending_payment")
    left = await provider.seconds_to_deadline(scene)
    scene.says(f"nothing comes for {left - _LATE:.0f} s of a window of {left:.0f} s")
    await asyncio.sleep(left - _LATE)
    await provider.gets_the_money(scene)
    await scene.reaches("accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 2})
    await scene.ends("complete")


async def konbini_never_paid(scene: Scene) -> None:
    """Never pay at the convenience store, until the window closes."""
    await shopper.fills_basket(scene, {CABLE: 1}, JAPAN)
    await shopper.pays_with(scene, push("konbini"))
    await shopper.submits(scene, "pending_payment")
    left = await provider.seconds_to_deadline(scene)
    scene.says(f"nobody pays in the window of {left:.0f} s")
    await scene.ends("cancelled", "payment_window_closed")
