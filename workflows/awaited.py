"""What a purchase may wait for: from whom it has to come, and what happens where it does not."""

from collections.abc import Mapping
from dataclasses import dataclass

from ferryman.purchase.states import State


@dataclass(frozen=True)
class Awaited:
    """What is awaited and from whom; `meanwhile` is what goes on where nothing ends the wait."""

    what: str
    whom: str
    meanwhile: str = "the order is looked at every now and then, and with each event of it"


AWAITED: Mapping[str, Awaited] = {
    "shopper": Awaited("the shopper pays and submits", "the shopper, by way of the storefront"),
    "mended_checkout": Awaited(
        "a checkout that Digital River takes: it refused this one",
        "the merchant's system, by `PATCH`",
    ),
    "provider": Awaited(
        "Digital River's answer",
        "Digital River",
        "the step goes on until it has come through; no answer is guessed",
    ),
    "payment": Awaited("the shopper's money", "the shopper, who has the payment instructions"),
    "redirect": Awaited("the shopper pays at the payment page and comes back", "the shopper"),
    "review": Awaited("the end of the fraud review", "Digital River's risk team"),
    "fulfillment": Awaited(
        "what is open is shipped or cancelled", "the merchant, by way of the warehouse"
    ),
    "operator": Awaited("`release`: no goods leave before", "an operator, who has put it on hold"),
    "capture": Awaited("the money for what was shipped", "Digital River, which captures it"),
    "dispute": Awaited(
        "the end of the dispute; parcels and refunds are held and go out after it",
        "the shopper's bank",
    ),
}
"""By `waitingFor.what`, which is searchable as `WaitingFor`."""

_UNSUBMITTED = "the purchase becomes `expired`"
DEADLINES: Mapping[State, str] = {
    State.CHECKOUT: _UNSUBMITTED,
    State.PAYMENT_FAILED: _UNSUBMITTED,
    State.PENDING_PAYMENT: (
        "the order is read once more; still unpaid, it is cancelled, and the purchase becomes"
        " `cancelled` (`payment_window_closed`)"
    ),
    State.IN_REVIEW: "a person is called (`review_overdue`), and the review goes on",
}
"""What happens at the end of a state that has one."""

ENDS: Mapping[State, str] = {
    State.COMPLETE: "Everything was shipped or cancelled, and the money is here.",
    State.BLOCKED: "Digital River's fraud review said no.",
    State.CANCELLED: "It ended before anything was shipped.",
    State.EXPIRED: "The shopper did not submit it in time.",
    State.RETURNED: "Everything came back or was refunded.",
}
"""How a purchase has ended that waits for nothing more."""

NOTHING_CHARGED = "Nobody was charged."
UNCHARGED = frozenset({State.BLOCKED, State.EXPIRED})
"""Ends of which that is so, unless an order is left behind that could still be paid."""

FAILURES: Mapping[str | None, str] = {
    "Untouched": "no usable answer, and surely nothing was changed",
    "Ambiguous": "no usable answer, and whether it was done is looked up before the next try",
    "Unclear": "Digital River contradicts itself, so it is asked again",
    "Unauthorized": "Digital River does not accept our key",
    "Conflict": "Digital River refuses it in the present state",
    "NotFound": "Digital River does not find what it is about",
    "InvalidRequest": "Digital River refuses it as wrong",
    "RecordsUnavailable": "our own database does not answer",
    None: "no answer in time, or its worker died",
}
"""What a step's failure means, by its type."""
