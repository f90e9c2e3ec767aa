"""Stories of shoppers who come again."""

from demo import merchant, shopper
from demo.catalogue import CABLE, LAMP
from demo.scene import Scene
from demo.sources import card

_ERIKA = "erika-beispiel"


async def registered_shopper_stored_card(scene: Scene) -> None:
    """Save the card with the first purchase, and pay the second with it."""
    await shopper.fills_basket(scene, {LAMP: 1}, customer=_ERIKA)
    stored = await shopper.pays_with(scene, card(), save=True)
    await shopper.submits(scene, "accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 1})
    await scene.ends("complete")
    again = scene.another("again")
    await shopper.fills_basket(again, {CABLE: 2}, customer=_ERIKA)
    await shopper.pays_with_stored(again, stored)
    await shopper.submits(again, "accepted")
    await merchant.ships(again, "parcel-2", {CABLE: 2})
    await again.ends("complete")
