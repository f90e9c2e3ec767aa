"""Stories of cards."""

from demo import merchant, shopper
from demo.catalogue import CABLE, LAMP, UNITED_STATES
from demo.scene import Scene
from demo.sources import DECLINED_CARD, card


async def card_accepted_and_shipped(scene: Scene) -> None:
    """Pay by card, ship everything, see the money captured."""
    await shopper.fills_basket(scene, {LAMP: 1, CABLE: 2})
    await shopper.pays_with(scene, card())
    await shopper.submits(scene, "accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 1, CABLE: 2})
    await scene.ends("complete")


async def card_declined_then_another_card(scene: Scene) -> None:
    """Have the first card declined; pay with another, on a new checkout."""
    await shopper.fills_basket(scene, {LAMP: 1}, UNITED_STATES)
    await shopper.pays_with(scene, card(DECLINED_CARD))
    await shopper.submits(scene, "payment_failed")
    await shopper.pays_with(scene, card())
    await shopper.submits(scene, "accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 1})
    await scene.ends("complete")
