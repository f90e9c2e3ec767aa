"""What an event says of an order: a hint that may come early, late, twice or never. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from ferryman.purchase.messages import NO_NEWS, Hint
from ferryman.purchase.states import State

from .settlement import Told

_KNOWN: Mapping[State, frozenset[Hint]] = {
    State.IN_REVIEW: frozenset({Hint.IN_REVIEW}),
    State.ACCEPTED: frozenset({Hint.ACCEPTED, Hint.IN_REVIEW, Hint.RESOLVED}),
    State.DISPUTED: frozenset({Hint.DISPUTED, Hint.IN_REVIEW}),
    State.FULFILLED: frozenset({Hint.ACCEPTED, Hint.IN_REVIEW, Hint.FULFILLED, Hint.RESOLVED}),
}
"""What an event tells a purchase that is there already."""


def heard(told: Told, hint: Hint) -> Told:
    """What we know of the order once the event has been heard; hearing it again adds nothing."""
    return replace(
        told,
        charge_failed=told.charge_failed or hint is Hint.CHARGE_FAILED,
        cancelled=told.cancelled or hint is Hint.CANCELLED,
    )


def is_news(state: State, hint: Hint) -> bool:
    """True where the order has to be read again, since it may have moved on from `state`."""
    return hint not in NO_NEWS | _KNOWN.get(state, frozenset())
