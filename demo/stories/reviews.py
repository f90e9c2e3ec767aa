"""Stories of fraud reviews."""

from demo import merchant, provider, shopper
from demo.catalogue import LAMP
from demo.scene import Scene
from demo.sources import REVIEWED, card


async def review_passed(scene: Scene) -> None:
    """Review the order and let it pass; only then ship it."""
    await _goes_into_review(scene)
    await provider.decides(scene, "pass")
    await scene.reaches("accepted")
    await merchant.ships(scene, "parcel-1", {LAMP: 1})
    await scene.ends("complete")


async def review_blocked(scene: Scene) -> None:
    """Review the order and block it; ship nothing."""
    await _goes_into_review(scene)
    await provider.decides(scene, "block")
    await scene.ends("blocked")


async def _goes_into_review(scene: Scene) -> None:
    await shopper.fills_basket(scene, {LAMP: 1})
    await shopper.pays_with(scene, card(last_name=REVIEWED))
    await shopper.submits(scene, "in_review")
