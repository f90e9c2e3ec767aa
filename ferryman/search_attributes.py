"""The search attributes by which operators find purchases; none holds personal data."""

from datetime import datetime

from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from ferryman.purchase.states import State

STATE = SearchAttributeKey.for_keyword("PurchaseState")
WAITING_FOR = SearchAttributeKey.for_keyword("WaitingFor")
NEXT_DEADLINE = SearchAttributeKey.for_datetime("NextDeadline")
NEEDS_ATTENTION = SearchAttributeKey.for_keyword("NeedsAttention")
ORDER_ID = SearchAttributeKey.for_keyword("DigitalRiverOrderId")

ALL = (STATE, WAITING_FOR, NEXT_DEADLINE, NEEDS_ATTENTION, ORDER_ID)

FIRST_WAIT = "shopper"
"""On whom a purchase waits when it begins."""


def starting_attributes(deadline: datetime) -> TypedSearchAttributes:
    """What a purchase is born with: given at the start, they cost no upsert."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(STATE, State.CHECKOUT.value),
            SearchAttributePair(WAITING_FOR, FIRST_WAIT),
            SearchAttributePair(NEXT_DEADLINE, deadline),
        ]
    )
