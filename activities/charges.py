"""What an order's charges say: captures and releases, what failed, how old the promise is."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from ferryman.digital_river import models as wire
from ferryman.purchase.readings import MoneyPart

_PUSHED = frozenset({"wireTransfer", "konbini", "bPay"})
"""The shopper has sent the money before the order is accepted ("Delayed payment methods")."""
_FAILED = "failed"


def captures(order: wire.Order) -> tuple[MoneyPart, ...]:
    """All captures, charge by charge in the order they were made."""
    return tuple(_parts((charge, charge.captures) for charge in order.charges))


def cancels(order: wire.Order) -> tuple[MoneyPart, ...]:
    """All releases of authorisations, charge by charge in the order they were made."""
    return tuple(_parts((charge, charge.cancels) for charge in order.charges))


def _parts(
    found: Iterable[tuple[wire.Charge, tuple[wire.ChargeOperation, ...]]],
) -> Iterator[MoneyPart]:
    for charge, operations in found:
        for each in operations:
            yield MoneyPart(
                id=each.id,
                charge_id=charge.id,
                charge_state=charge.state,
                state=each.state,
                fulfillment_id=each.fulfillment_id,
            )


def cancel_failed(order: wire.Order) -> bool:
    """A failed release of an authorisation that is still there."""
    return any(
        cancel.state == _FAILED
        for charge in order.charges
        if charge.state not in {"cancelled", "complete"}
        for cancel in charge.cancels
    )


def authorized_since(order: wire.Order, taken: datetime) -> datetime | None:
    """When the oldest authorisation that waits for its capture was given.

    An authorisation is good for about seven days ("Payment reauthorizations"); also what a partial
    capture has left of it, whose charge stays `capturable` ("Charges"). Pushed money is here
    already and cannot expire.
    """
    sources = order.payment.sources
    kinds = {source.id: source.type for source in sources}
    primary = sources[0].type if sources else None
    moves = order.state_transitions
    entered = moves.get("in_review") or moves.get("accepted") or order.created_time or taken
    given = (
        charge.created_time or entered
        for charge in order.charges
        if charge.state == "capturable"
        and kinds.get(charge.source_id or "", primary) not in _PUSHED
    )
    return min(given, default=None)
