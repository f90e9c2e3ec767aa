"""Which call a purchase takes in which state; the API and the workflow judge by the same table."""

from collections.abc import Mapping
from enum import StrEnum

from .states import State


class Call(StrEnum):
    """What a merchant may ask of a purchase, by the last part of its path."""

    PATCH = "patch"
    SOURCE = "source"
    SUBMIT = "submit"
    REFRESH = "refresh"
    FULFILLMENTS = "fulfillments"
    CANCEL = "cancel"
    REFUNDS = "refunds"
    RETURNS = "returns"


class Verdict(StrEnum):
    """What becomes of a call."""

    TAKE = "take"
    ALREADY = "already"
    """Its effect is there: the call changes nothing and is answered with the purchase."""
    REFUSE = "refuse"


_AFTER_SALE = (Call.REFUNDS, Call.RETURNS)
_SHOPPING = (Call.PATCH, Call.SOURCE, Call.SUBMIT, Call.CANCEL)

ALLOWED: Mapping[State, tuple[Call, ...]] = {
    State.CHECKOUT: _SHOPPING,
    State.SUBMITTING: (Call.CANCEL,),
    State.PAYMENT_FAILED: _SHOPPING,
    State.PENDING_PAYMENT: (Call.REFRESH, Call.CANCEL),
    State.IN_REVIEW: (Call.CANCEL,),
    State.ACCEPTED: (Call.FULFILLMENTS, Call.CANCEL, *_AFTER_SALE),
    State.DISPUTED: (Call.FULFILLMENTS, *_AFTER_SALE),
    State.FULFILLED: _AFTER_SALE,
    State.COMPLETE: _AFTER_SALE,
    State.BLOCKED: (),
    State.CANCELLED: (),
    State.EXPIRED: (),
    State.RETURNED: (),
}

_ORDERED = frozenset(
    {
        State.SUBMITTING,
        State.PENDING_PAYMENT,
        State.IN_REVIEW,
        State.ACCEPTED,
        State.FULFILLED,
        State.COMPLETE,
        State.DISPUTED,
        State.RETURNED,
    }
)

_ALREADY: Mapping[Call, frozenset[State]] = {
    Call.SUBMIT: _ORDERED,
    Call.REFRESH: frozenset(State) - {State.CHECKOUT, State.PENDING_PAYMENT},
    Call.CANCEL: frozenset({State.CANCELLED}),
}


def judge(state: State, call: Call) -> Verdict:
    """What becomes of `call` in `state`."""
    if call in ALLOWED[state]:
        return Verdict.TAKE
    return Verdict.ALREADY if state in _ALREADY.get(call, frozenset()) else Verdict.REFUSE


def refusal(state: State, call: Call) -> str:
    """The sentence that names the state and what is allowed in it."""
    allowed = ", ".join(ALLOWED[state]) or "nothing"
    return f"{call} is not possible while the purchase is {state}; allowed: {allowed}"
