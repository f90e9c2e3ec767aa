"""What the merchant's warehouse does."""

from collections.abc import Mapping
from itertools import chain

from .catalogue import Product
from .scene import Scene


async def ships(
    scene: Scene,
    parcel: str,
    shipped: Mapping[Product, int],
    without: Mapping[Product, int] | None = None,
) -> None:
    """Report a parcel: what it holds, and what cannot be shipped at all."""
    missing = without or {}
    products = dict.fromkeys(chain(shipped, missing))
    items = [
        {
            "lineId": product.sku_id,
            "quantity": shipped.get(product, 0),
            "cancelQuantity": missing.get(product, 0),
        }
        for product in products
    ]
    body = {"shipmentId": f"{scene.id}-{parcel}", "items": items, "trackingNumber": parcel.upper()}
    await scene.act("POST", "/fulfillments", body)
    scene.says(f"the warehouse ships {parcel}: {_listed(shipped)}{_left_out(missing)}")


def _listed(goods: Mapping[Product, int]) -> str:
    return ", ".join(f"{quantity} x {product.name}" for product, quantity in goods.items())


def _left_out(goods: Mapping[Product, int]) -> str:
    return f"; cancels {_listed(goods)}" if goods else ""
