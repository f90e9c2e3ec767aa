"""Stories of payments at another site."""

from demo import merchant, provider, shopper
from demo.catalogue import LAMP
from demo.scene import Scene
from demo.sources import card, redirect


async def redirect_approved(scene: Scene) -> None:
    """Approve the payment at another site and come back."""
    await shopper.fills_basket(scene, {LAMP: 1})
    await shopper.pays_with(scene, redirect("klarnaCredit"))
    await shopper.submits(scene, "pending_payment")
    await provider.gets_the_money(scene)
    await shopper.comes_back(scene, "accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 1})
    await scene.ends("complete")


async def redirect_abandoned_then_card(scene: Scene) -> None:
    """Leave the payment site without paying, then pay by card."""
    await shopper.fills_basket(scene, {LAMP: 1})
    await shopper.pays_with(scene, redirect("bancontact"))
    await shopper.submits(scene, "pending_payment")
    await provider.sees_the_shopper_leave(scene)
    await shopper.comes_back(scene, "payment_failed")
    await shopper.pays_with(scene, card())
    await shopper.submits(scene, "accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 1})
    await scene.ends("complete")
