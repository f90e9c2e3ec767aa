"""What a look at the order means for the purchase: one pure step at a time, no Temporal.

The order is the truth and an event only a hint; a hint counts alone in one place, where the
documents let an unpaid order end by `order.charge.failed` without saying what becomes of its state
("Processing orders" against "Standard flow"). Where that event is lost, a failed charge says it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ferryman.purchase.purchase import Party
from ferryman.purchase.readings import PAID, Funds, OrderReading, Standing
from ferryman.purchase.states import FINAL, CancelReason, State


@dataclass
class Told:
    """What we know of one order besides the order itself."""

    redirect: bool = False
    """The shopper pays at a redirect, so that another try is possible."""
    elsewhere: bool = False
    """At Digital River's own checkout, so that another try is none of ours."""
    back: bool = False
    """The shopper has come back from the redirect."""
    charge_failed: bool = False
    cancelled: bool = False
    window_closed: bool = False
    """The time to pay, with its grace, is over."""
    wish: Party | None = None
    """Who asked for a cancellation."""
    open: int = 0
    shipped: int = 0
    disputed_from: State = State.ACCEPTED


@dataclass(frozen=True)
class Settled:
    """The next state, and why where it is `cancelled`."""

    state: State
    reason: CancelReason | None = None


def settle(state: State, reading: OrderReading, told: Told) -> Settled:
    """The next state on the way to where the order stands; the same state once it is there."""
    if state in FINAL or state is State.RETURNED:
        return Settled(state)
    rule = _RULES.get(state)
    return rule(reading, told) if rule else Settled(_after_shipping(state, reading))


def way(state: State, reading: OrderReading, told: Told) -> Iterator[Settled]:
    """All the moves from `state` to where the order stands."""
    while (settled := settle(state, reading, told)).state is not state:
        if settled.state is State.DISPUTED:
            told = replace(told, disputed_from=state)
        yield settled
        state = settled.state


def _submitted(reading: OrderReading, told: Told) -> Settled:
    del told
    if reading.standing in PAID:
        return Settled(State.ACCEPTED)
    if reading.standing is Standing.IN_REVIEW:
        return Settled(State.IN_REVIEW)
    if reading.standing is Standing.BLOCKED:
        return Settled(State.BLOCKED)
    return Settled(State.PENDING_PAYMENT)


def _pending(reading: OrderReading, told: Told) -> Settled:
    if reading.standing in PAID:
        return Settled(State.ACCEPTED)
    if reading.standing in {Standing.IN_REVIEW, Standing.BLOCKED}:
        return Settled(State.IN_REVIEW)
    return _given_up(told) or _unpaid(reading, told)


def _given_up(told: Told) -> Settled | None:
    """Nothing is wanted any more, and the provider has taken that."""
    if told.open or told.wish is None:
        return None
    return Settled(State.CANCELLED, CancelReason(told.wish.value))


def _unpaid(reading: OrderReading, told: Told) -> Settled:
    if told.window_closed and reading.standing is Standing.PENDING:
        return Settled(State.CANCELLED, CancelReason.PAYMENT_WINDOW_CLOSED)
    if not _came_to_nothing(reading, told):
        return Settled(State.PENDING_PAYMENT)
    if told.redirect and told.wish is None and not told.elsewhere:
        return Settled(State.PAYMENT_FAILED)
    return Settled(State.CANCELLED, _why_unpaid(reading, told))


def _came_to_nothing(reading: OrderReading, told: Told) -> bool:
    if reading.standing is Standing.CANCELLED:
        return True
    if reading.standing is not Standing.PENDING:
        return False
    if told.charge_failed or told.cancelled or reading.charge_failed:
        return True
    lost = {Funds.FAILED, Funds.AT_REDIRECT} if told.back else {Funds.FAILED}
    return told.redirect and reading.funds in lost


def _why_unpaid(reading: OrderReading, told: Told) -> CancelReason:
    if told.wish is not None:
        return CancelReason(told.wish.value)
    if reading.charge_failed or (told.charge_failed and not told.cancelled):
        return CancelReason.CHARGE_FAILED
    if reading.funds is Funds.FAILED:
        return CancelReason.PAYMENT_WINDOW_CLOSED
    return CancelReason.PROVIDER


def _in_review(reading: OrderReading, told: Told) -> Settled:
    if reading.standing in PAID:
        return Settled(State.ACCEPTED)
    if reading.standing is Standing.BLOCKED:
        return Settled(State.BLOCKED)
    if reading.standing is Standing.CANCELLED:
        return Settled(State.CANCELLED, _why_unpaid(reading, told))
    return _given_up(told) or Settled(State.IN_REVIEW)


def _accepted(reading: OrderReading, told: Told) -> Settled:
    if reading.standing is Standing.DISPUTED:
        return Settled(State.DISPUTED)
    if told.open == 0 and told.shipped:
        return Settled(State.FULFILLED)
    if told.open == 0 or (reading.standing is Standing.CANCELLED and not told.shipped):
        return Settled(State.CANCELLED, _who_cancelled(told))
    return Settled(State.ACCEPTED)


def _who_cancelled(told: Told) -> CancelReason:
    return CancelReason.PROVIDER if told.wish is None else CancelReason(told.wish.value)


def _disputed(reading: OrderReading, told: Told) -> Settled:
    if reading.standing in {Standing.DISPUTED, Standing.UNKNOWN}:
        return Settled(State.DISPUTED)
    return Settled(told.disputed_from)


def _after_shipping(state: State, reading: OrderReading) -> State:
    if reading.standing is Standing.DISPUTED:
        return State.DISPUTED
    if reading.standing is Standing.RETURNED:
        return State.RETURNED
    if reading.standing is Standing.COMPLETE and state is State.FULFILLED:
        return State.COMPLETE
    return state


_RULES = {
    State.SUBMITTING: _submitted,
    State.PENDING_PAYMENT: _pending,
    State.IN_REVIEW: _in_review,
    State.ACCEPTED: _accepted,
    State.DISPUTED: _disputed,
}
