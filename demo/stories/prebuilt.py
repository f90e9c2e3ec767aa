"""The story of an order that Digital River makes by itself."""

from demo import merchant, provider
from demo.catalogue import CABLE, LAMP
from demo.scene import Scene


async def prebuilt_checkout(scene: Scene) -> None:
    """Sell on Digital River's own page; the purchase begins with the order that it tells of."""
    await provider.sells_on_its_own_page(scene, {LAMP: 1, CABLE: 1})
    await scene.appears()
    await scene.reaches("accepted")
    scene.says("the purchase has adopted the order")
    await merchant.ships(scene, "parcel-1", {LAMP: 1, CABLE: 1})
    await scene.ends("complete")
