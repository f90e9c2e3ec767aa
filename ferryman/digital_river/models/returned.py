"""Goods sent back."""

from typing import Annotated, Any

from pydantic import Field

from .base import Amount, Id, Loose, Many, Time, Wire


class ReturnItem(Wire):
    """One line's share, by the order's item id."""

    item_id: Id | None = None
    sku_id: Loose[Id] = None
    state: str | None = None
    quantity: int | None = None
    quantity_accepted: int | None = None
    amount: Loose[Amount] = None


class Return(Wire):
    """A return, `created` until all of it is `accepted` ("Third-party coordinated returns").

    What we wrote into `metadata` tells which of our own it is.
    """

    id: Id
    state: Annotated[str, Field(min_length=1)]
    order_id: Id | None = None
    currency: Loose[str] = None
    items: Many[ReturnItem] = ()
    refund_ids: Loose[Many[Id]] = None
    reason: Loose[str] = None
    failure_reason: Loose[str] = None
    metadata: Loose[dict[str, Any]] = None
    created_time: Loose[Time] = None
    updated_time: Loose[Time] = None
