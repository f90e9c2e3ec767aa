"""Money authorized, captured, cancelled and refunded."""

from .base import Amount, Id, Loose, Many, Time, Wire


class ChargeOperation(Wire):
    """One capture, cancel or refund of a charge.

    A capture or refund may be `pending` before it is `complete` or `failed` ("Charges"). Refunds
    here are Digital River's batches and no resources of their own.
    """

    id: Id | None = None
    state: str | None = None
    amount: Loose[Amount] = None
    fulfillment_id: Loose[Id] = None
    failure_code: Loose[str] = None
    failure_message: Loose[str] = None
    created_time: Loose[Time] = None
    updated_time: Loose[Time] = None


class Charge(Wire):
    """One source's share of an order.

    It stays `capturable` after a partial and even after a failed capture, so the captures have to
    be looked at.
    """

    id: Id
    state: str | None = None
    amount: Loose[Amount] = None
    currency: Loose[str] = None
    type: Loose[str] = None
    order_id: Id | None = None
    source_id: Loose[Id] = None
    payment_session_id: Loose[Id] = None
    captured: Loose[bool] = None
    refunded: Loose[bool] = None
    captures: Many[ChargeOperation] = ()
    cancels: Many[ChargeOperation] = ()
    refunds: Many[ChargeOperation] = ()
    failure_code: Loose[str] = None
    failure_message: Loose[str] = None
    created_time: Loose[Time] = None
