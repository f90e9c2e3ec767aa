"""Stories of events that are lost, doubled and shuffled."""

from demo import merchant, provider, shopper
from demo.catalogue import CABLE, LAMP, UNITED_STATES
from demo.scene import Scene
from demo.sources import push, redirect


async def all_webhooks_lost(scene: Scene) -> None:
    """Lose every event; the purchase finds out by itself what has become of it."""
    await provider.loses_events(scene)
    await shopper.fills_basket(scene, {LAMP: 1}, UNITED_STATES)
    await shopper.pays_with(scene, push("wireTransfer"))
    await shopper.submits(scene, "pending_payment")
    await provider.gets_the_money(scene)
    await scene.reaches("accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 1})
    await scene.ends("complete")


async def events_tripled_and_shuffled(scene: Scene) -> None:
    """Send each event three times and in no order; the money moves once."""
    await provider.repeats_and_shuffles_events(scene)
    await shopper.fills_basket(scene, {LAMP: 1, CABLE: 4})
    await shopper.pays_with(scene, redirect("klarnaCredit"))
    await shopper.submits(scene, "pending_payment")
    await provider.gets_the_money(scene)
    await scene.reaches("accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 1, CABLE: 3})
    await merchant.ships(scene, "parcel-2", {CABLE: 1})
    await scene.ends("complete")
