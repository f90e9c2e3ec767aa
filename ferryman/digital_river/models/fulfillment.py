"""What was shipped, and what was cancelled, for both are told by the same call."""

from typing import Any

from .base import Id, Loose, Many, Time, Wire


class FulfillmentItem(Wire):
    """One line's share, by the order's item id."""

    item_id: Id
    sku_id: Loose[Id] = None
    quantity: int | None = None
    cancel_quantity: int | None = None


class Fulfillment(Wire):
    """One fulfillment; what we wrote into `metadata` tells which shipment it was."""

    id: Id
    order_id: Id | None = None
    shipment_id: Loose[str] = None
    items: Many[FulfillmentItem] = ()
    tracking_company: Loose[str] = None
    tracking_number: Loose[str] = None
    tracking_url: Loose[str] = None
    metadata: Loose[dict[str, Any]] = None
    created_time: Loose[Time] = None
