"""Money given back."""

from typing import Annotated, Any

from pydantic import Field

from .base import Amount, Id, Loose, Many, Time, Wire
from .charge import ChargeOperation


class TokenInformation(Wire):
    """Lets the shopper enter a bank account for a refund that waits for one."""

    token: Loose[str] = None
    expires_time: Loose[Time] = None


class RefundItem(Wire):
    """One line's share, by the order's item id."""

    item_id: Loose[Id] = None
    sku_id: Loose[Id] = None
    type: Loose[str] = None
    quantity: Loose[int] = None
    amount: Loose[Amount] = None
    percent: Loose[Amount] = None
    refunded_amount: Loose[Amount] = None


class RefundCharge(Wire):
    """The share of one source, with the batches in which it is paid back."""

    id: Loose[Id] = None
    source_id: Loose[Id] = None
    refunds: Loose[Many[ChargeOperation]] = None


class Refund(Wire):
    """A refund; asked for is not given: it ends `succeeded`, `failed` or `expired` ("Refunds")."""

    id: Id
    state: Annotated[str, Field(min_length=1)]
    order_id: Id | None = None
    currency: Loose[str] = None
    type: Loose[str] = None
    amount: Loose[Amount] = None
    refunded_amount: Loose[Amount] = None
    items: Many[RefundItem] = ()
    charges: Loose[Many[RefundCharge]] = None
    reason: Loose[str] = None
    failure_reason: Loose[str] = None
    token_information: Loose[TokenInformation] = None
    metadata: Loose[dict[str, Any]] = None
    created_time: Loose[Time] = None
