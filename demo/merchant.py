"""What the merchant does: the warehouse's parcels, the refunds."""

from collections.abc import Mapping
from itertools import chain

from .catalogue import Product
from .failures import StoryError
from .http import JSON
from .polling import poll
from .scene import Scene

_LOST = frozenset({"failed", "expired"})


async def ships(
    scene: Scene,
    parcel: str,
    shipped: Mapping[Product, int],
    without: Mapping[Product, int] | None = None,
) -> None:
    """Report a parcel: what it holds, and what cannot be shipped at all."""
    missing = without or {}
    await scene.act("POST", "/fulfillments", await _shipment(scene, parcel, shipped, missing))
    scene.says(f"the warehouse ships {parcel}: {_listed(shipped)}{_left_out(missing)}")


async def has_to_hold(scene: Scene, parcel: str, shipped: Mapping[Product, int]) -> None:
    """Report a parcel that has to wait for the end of a dispute."""
    await scene.held("/fulfillments", await _shipment(scene, parcel, shipped, {}))
    scene.says(f"the warehouse packs {parcel}, which is held")


async def may_not_ship(scene: Scene, parcel: str, shipped: Mapping[Product, int]) -> None:
    """Try to ship what may not leave."""
    why = await scene.refused("/fulfillments", await _shipment(scene, parcel, shipped, {}))
    scene.says(f"{parcel} may not leave: {why}")


async def refunds(scene: Scene, refund: str, wanted: JSON, *, held: bool = False) -> None:
    """Ask for a refund; where it is `held`, it goes out by itself after the dispute."""
    body = {"refundId": f"{scene.id}-{refund}", "reason": "goodwill", **wanted}
    if held:
        await scene.held("/refunds", body)
    else:
        await scene.act("POST", "/refunds", body)
    scene.says(f"the merchant asks for {refund}{', which is held' if held else ''}")


async def refund_is(scene: Scene, refund: str, state: str) -> JSON:
    """Wait for a refund's state; raises StoryError where it fails."""

    async def look() -> JSON | None:
        answer = await scene.stage.ferryman.get(
            f"/purchases/{scene.id}/refunds/{scene.id}-{refund}"
        )
        if answer.body.get("state") in _LOST - {state}:
            raise StoryError(f"{refund} is {answer.body['state']}: {answer.body['failureReason']}")
        return answer.body if answer.body.get("state") == state else None

    found = await poll(look)
    scene.says(f"{refund} is {state}")
    return found


async def _shipment(
    scene: Scene, parcel: str, shipped: Mapping[Product, int], missing: Mapping[Product, int]
) -> JSON:
    lines = {item["skuId"]: item["lineId"] for item in (await scene.purchase())["items"]}
    items = [
        {
            "lineId": lines[product.sku_id],
            "quantity": shipped.get(product, 0),
            "cancelQuantity": missing.get(product, 0),
        }
        for product in dict.fromkeys(chain(shipped, missing))
    ]
    return {
        "shipmentId": f"{scene.id}-{parcel}",
        "items": items,
        "trackingNumber": parcel.upper(),
    }


def _listed(goods: Mapping[Product, int]) -> str:
    return ", ".join(f"{quantity} x {product.name}" for product, quantity in goods.items())


def _left_out(goods: Mapping[Product, int]) -> str:
    return f"; cancels {_listed(goods)}" if goods else ""
