"""What a shopper does, by way of the storefront and the browser."""

from collections.abc import Mapping

from .catalogue import GERMANY, Market, Product, basket
from .failures import StoryError
from .http import JSON
from .polling import poll
from .scene import Scene
from .sources import billed_in

_CONFLICT = 409


async def fills_basket(
    scene: Scene, wanted: Mapping[Product, int], market: Market = GERMANY
) -> None:
    """Open the purchase, which builds its checkout."""
    scene.market = market
    request = basket(scene.id, market, wanted)
    await scene.finished("POST", "/purchases", request, {"Idempotency-Key": f"basket-{scene.id}"})
    checkout = await _checkout(scene)
    scene.says(f"the shopper fills a basket of {checkout['totalAmount']} {checkout['currency']}")


async def pays_with(scene: Scene, source: JSON) -> None:
    """Create a source in the browser, for the checkout that stands ready, and attach it."""
    checkout = await _checkout(scene)
    session = {"paymentSessionId": checkout["payment"]["session"]["id"]}
    billed = billed_in(source, scene.market)
    created = await scene.stage.sandbox.send("POST", "/_sandbox/sources", billed | session)
    if "id" not in created.body:
        raise StoryError(f"the browser could not create the source: {created.body}")
    await scene.act("PUT", "/source", {"sourceId": created.body["id"], "saveForFuture": False})
    scene.says(f"the shopper chooses {source['type']}")


async def submits(scene: Scene, expected: str) -> None:
    """Press the button; `expected` is the state that this has to lead to."""
    path = f"/purchases/{scene.id}/submit"
    answer = await scene.finished("POST", path, {"termsAccepted": True})
    if answer.status not in (200, _CONFLICT):
        raise StoryError(f"submitting was answered {answer.status} {answer.body}")
    await scene.reaches(expected)
    scene.says(f"the shopper submits: {expected}")


async def comes_back(scene: Scene, expected: str) -> None:
    """Return from the redirect's site, to `expected` state."""
    await scene.act("POST", "/refresh", {})
    await scene.reaches(expected)
    scene.says(f"the shopper is back in the shop: {expected}")


async def cancels(scene: Scene) -> None:
    """Cancel the whole purchase."""
    await scene.act("POST", "/cancel", {"by": "customer", "reason": "changed my mind"})
    scene.says("the shopper cancels")


async def _checkout(scene: Scene) -> JSON:
    """Wait for a checkout that can be paid; a purchase answered by 202 has none yet."""

    async def look() -> JSON | None:
        checkout = (await scene.purchase())["checkout"]
        return checkout if checkout and checkout["payment"]["session"] else None

    return await poll(look)
