"""The search attributes by which operators find purchases; none holds personal data."""

from datetime import datetime

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from ferryman.purchase.purchase import Purchase
from ferryman.purchase.states import State

STATE = SearchAttributeKey.for_keyword("PurchaseState")
WAITING_FOR = SearchAttributeKey.for_keyword("WaitingFor")
NEXT_DEADLINE = SearchAttributeKey.for_datetime("NextDeadline")
NEEDS_ATTENTION = SearchAttributeKey.for_keyword("NeedsAttention")
ORDER_ID = SearchAttributeKey.for_keyword("DigitalRiverOrderId")

ALL = (STATE, WAITING_FOR, NEXT_DEADLINE, NEEDS_ATTENTION, ORDER_ID)

FIRST_WAIT = "shopper"
"""On whom a purchase waits when it begins."""


def at_start(deadline: datetime) -> dict[str, object]:
    """What a purchase is born with, by name."""
    return {
        STATE.name: State.CHECKOUT.value,
        WAITING_FOR.name: FIRST_WAIT,
        NEXT_DEADLINE.name: deadline,
        NEEDS_ATTENTION.name: None,
        ORDER_ID.name: None,
    }


def of(purchase: Purchase) -> dict[str, object]:
    """What a purchase is found by now, by name; None where it is not."""
    wait, attention = purchase.waiting_for, purchase.needs_attention
    return {
        STATE.name: purchase.state.value,
        WAITING_FOR.name: wait.what if wait else None,
        NEXT_DEADLINE.name: wait.until if wait else None,
        NEEDS_ATTENTION.name: attention.reason if attention else None,
        ORDER_ID.name: purchase.order.id if purchase.order else None,
    }


def starting_attributes(deadline: datetime) -> TypedSearchAttributes:
    """What a purchase is born with: given at the start, they cost no upsert."""
    values = at_start(deadline)
    return TypedSearchAttributes(
        [SearchAttributePair(key, values[key.name]) for key in ALL if values[key.name] is not None]
    )
