"""What an operator may do to a purchase in which state; API, flow and Web UI read one table."""

from collections.abc import Mapping
from enum import StrEnum

from .base import Moment, Noun
from .states import OVER, State


class Operation(StrEnum):
    """An operator's act."""

    RETRY = "retry"
    """Try a failing step now, and ask again now for what was refused."""
    REREAD = "reread"
    """Look at the provider's order now."""
    ADOPT_ORDER = "adoptOrder"
    """Take an order of the provider's that is this purchase's and was not found."""
    EXTEND_DEADLINE = "extendDeadline"
    """Give the shopper, or the review, more time."""
    ACCEPT_LATE_PAYMENT = "acceptLatePayment"
    """Keep money that came after the end."""
    FORCE_CANCEL = "forceCancel"
    """End the purchase now, and cancel at the provider whatever is open there."""
    HOLD = "hold"
    """Let no goods leave."""
    RELEASE = "release"
    """Let goods leave again."""


class Hold(Noun):
    """An operator lets no goods leave: who, why, and since when."""

    actor: str
    reason: str
    since: Moment


_ALWAYS = (Operation.RETRY,)
_STOPPING = (Operation.HOLD, Operation.RELEASE)

OPERATIONS: Mapping[State, tuple[Operation, ...]] = {
    State.CHECKOUT: (
        *_ALWAYS,
        Operation.EXTEND_DEADLINE,
        Operation.FORCE_CANCEL,
        *_STOPPING,
    ),
    State.SUBMITTING: (
        *_ALWAYS,
        Operation.ADOPT_ORDER,
        Operation.FORCE_CANCEL,
        *_STOPPING,
    ),
    State.PAYMENT_FAILED: (
        *_ALWAYS,
        Operation.EXTEND_DEADLINE,
        Operation.FORCE_CANCEL,
        *_STOPPING,
    ),
    State.PENDING_PAYMENT: (
        *_ALWAYS,
        Operation.REREAD,
        Operation.EXTEND_DEADLINE,
        Operation.FORCE_CANCEL,
        *_STOPPING,
    ),
    State.IN_REVIEW: (
        *_ALWAYS,
        Operation.REREAD,
        Operation.EXTEND_DEADLINE,
        Operation.FORCE_CANCEL,
        *_STOPPING,
    ),
    State.ACCEPTED: (
        *_ALWAYS,
        Operation.REREAD,
        Operation.FORCE_CANCEL,
        *_STOPPING,
    ),
    State.DISPUTED: (*_ALWAYS, Operation.REREAD, *_STOPPING),
    State.FULFILLED: (*_ALWAYS, Operation.REREAD),
    # From here on only while its workflow still watches an order that it has left behind.
    State.CANCELLED: (
        *_ALWAYS,
        Operation.REREAD,
        Operation.ACCEPT_LATE_PAYMENT,
        Operation.FORCE_CANCEL,
    ),
    State.EXPIRED: (*_ALWAYS, Operation.REREAD, Operation.FORCE_CANCEL),
    State.BLOCKED: (*_ALWAYS, Operation.REREAD, Operation.FORCE_CANCEL),
    State.COMPLETE: (*_ALWAYS, Operation.REREAD),
    State.RETURNED: (*_ALWAYS, Operation.REREAD),
}


def refusal(state: State, operation: Operation) -> str:
    """The sentence that names the state and what an operator may do in it."""
    legal = ", ".join(OPERATIONS[state])
    when = ", only while its workflow still watches an order left behind" if state in OVER else ""
    return f"{operation} is not possible while the purchase is {state}; legal acts{when}: {legal}"


def refusal_of_closed(state: State, operation: Operation) -> str:
    """The same where the purchase's workflow has ended."""
    return (
        f"{operation} is not possible: the purchase is {state} and its workflow has ended,"
        " so that no act is possible any more"
    )


def explained(reason: str, state: State, operation: Operation) -> str:
    """What the workflow refused an act with, and the state where that does not name it."""
    named = f"the purchase is {state}"
    if named in reason:
        return reason
    others = ", ".join(each for each in OPERATIONS[state] if each is not operation)
    return f"{reason}; {named}, other acts of this state: {others}"
