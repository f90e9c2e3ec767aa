"""Stories of what ships and what does not."""

from demo import merchant, shopper
from demo.catalogue import CABLE, FONT, LAMP
from demo.scene import Scene
from demo.sources import card


async def two_parcels_and_a_cancelled_line(scene: Scene) -> None:
    """Ship two lines in two parcels; cancel the third, which is not to be had."""
    await shopper.fills_basket(scene, {LAMP: 3, CABLE: 2, FONT: 1})
    await shopper.pays_with(scene, card())
    await shopper.submits(scene, "accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 2})
    await merchant.ships(scene, "parcel-2", {LAMP: 1, FONT: 1}, without={CABLE: 2})
    await scene.ends("complete")


async def digital_goods(scene: Scene) -> None:
    """Deliver a download, which has no address to ship to, at once."""
    await shopper.fills_basket(scene, {FONT: 1})
    await shopper.pays_with(scene, card())
    await shopper.submits(scene, "accepted")
    await merchant.ships(scene, "download", {FONT: 1})
    await scene.ends("complete")


async def customer_cancels(scene: Scene) -> None:
    """Cancel as a customer before anything has shipped."""
    await shopper.fills_basket(scene, {LAMP: 1, CABLE: 1})
    await shopper.pays_with(scene, card())
    await shopper.submits(scene, "accepted")
    await shopper.cancels(scene)
    await scene.ends("cancelled", "customer")
