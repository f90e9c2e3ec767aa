"""What a shopper does, by way of the storefront and the browser."""

from collections.abc import Mapping

from .catalogue import GERMANY, Market, Product, basket
from .failures import StoryError
from .http import JSON
from .polling import poll
from .scene import Scene
from .sources import billed_in

_OPENED = (200, 201)
_CONFLICT = 409


async def fills_basket(
    scene: Scene,
    wanted: Mapping[Product, int],
    market: Market = GERMANY,
    customer: str | None = None,
) -> None:
    """Open the purchase, which builds its checkout; `customer` is a registered shopper's id."""
    scene.market = market
    request = basket(scene.id, market, wanted)
    if customer is not None:
        request["customer"] = {"id": customer, "email": request["email"]}
    key = {"Idempotency-Key": f"basket-{scene.id}"}
    opened = await scene.finished("POST", "/purchases", request, key)
    if opened.status not in _OPENED:
        raise StoryError(f"opening it was answered {opened.status} {opened.body}")
    checkout = await _checkout(scene)
    scene.says(f"the shopper fills a basket of {checkout['totalAmount']} {checkout['currency']}")


async def pays_with(scene: Scene, source: JSON, *, save: bool = False) -> str:
    """Create a source in the browser, for the checkout that stands ready, and attach it.

    Gives the source's id; `save` keeps it with the registered shopper.
    """
    checkout = await _checkout(scene)
    session = {"paymentSessionId": checkout["payment"]["session"]["id"]}
    billed = billed_in(source, scene.market)
    created = await scene.stage.sandbox.send("POST", "/_sandbox/sources", billed | session)
    if "id" not in created.body:
        raise StoryError(f"the browser could not create the source: {created.body}")
    source_id: str = created.body["id"]
    await scene.act("PUT", "/source", {"sourceId": source_id, "saveForFuture": save})
    scene.says(f"the shopper chooses {source['type']}{', and saves it' if save else ''}")
    return source_id


async def pays_with_stored(scene: Scene, source_id: str) -> None:
    """Choose a source that was saved with an earlier purchase."""
    await scene.act("PUT", "/source", {"sourceId": source_id, "saveForFuture": False})
    scene.says("the shopper chooses the stored card")


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
