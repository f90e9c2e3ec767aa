"""The levers beside a purchase: what may be done to it in the state that it is in."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from ferryman.purchase.purchase import Purchase
from ferryman.purchase.rules import Call, Verdict, judge
from ferryman.purchase.states import OVER, State

_AT_REDIRECT = "redirect"


class Pull(StrEnum):
    """What can be done; `pay` to `hear` at the sandbox, the others by the API."""

    PAY = "pay"
    LEAVE = "leave"
    APPROVE = "approve"
    BLOCK = "block"
    DISPUTE = "dispute"
    RESOLVE = "resolve"
    LOSE = "lose"
    HEAR = "hear"
    SHIP = "ship"
    CANCEL = "cancel"
    REFUND = "refund"


@dataclass(frozen=True)
class Lever:
    """One lever: what its button says, and what pulling it does."""

    pull: Pull
    label: str
    does: str


_LEVERS = {
    lever.pull: lever
    for lever in (
        Lever(Pull.PAY, "Pay it", "The shopper's money arrives at Digital River."),
        Lever(Pull.LEAVE, "Walk away", "The shopper leaves the payment page without paying."),
        Lever(Pull.APPROVE, "Pass the review", "The fraud review ends well."),
        Lever(Pull.BLOCK, "Block it", "The fraud review ends badly, and so does the purchase."),
        Lever(Pull.DISPUTE, "Dispute it", "The shopper's bank wants the money back."),
        Lever(Pull.RESOLVE, "Resolve the dispute", "The bank leaves the money where it is."),
        Lever(Pull.LOSE, "Lose its webhooks", "From now on none about this purchase arrives."),
        Lever(Pull.HEAR, "Let its webhooks through", "From now on they arrive again."),
        Lever(Pull.SHIP, "Ship a parcel", "The warehouse reports what has left."),
        Lever(Pull.CANCEL, "Cancel what is open", "The merchant does not ship it."),
        Lever(Pull.REFUND, "Refund", "The merchant gives money back."),
    )
}


def levers_of(purchase: Purchase, *, sandbox: bool, deaf: bool) -> tuple[Lever, ...]:
    """Choose the levers that do something now.

    `sandbox`: its own are there to be pulled. `deaf`: the purchase's webhooks are being lost.
    """
    pulls = [*(_at_sandbox(purchase, deaf=deaf) if sandbox else ()), *_by_api(purchase)]
    return tuple(_LEVERS[each] for each in pulls)


def _at_sandbox(purchase: Purchase, *, deaf: bool) -> Iterator[Pull]:
    if purchase.state is State.PENDING_PAYMENT:
        yield Pull.PAY
        if purchase.next_action is not None and purchase.next_action.action == _AT_REDIRECT:
            yield Pull.LEAVE
    if purchase.state is State.IN_REVIEW:
        yield from (Pull.APPROVE, Pull.BLOCK)
    if purchase.state is State.DISPUTED:
        yield Pull.RESOLVE
    elif _takes(purchase, Call.REFUNDS) and purchase.order and purchase.order.captured_amount:
        yield Pull.DISPUTE
    if deaf:
        yield Pull.HEAR
    elif purchase.state not in OVER:
        yield Pull.LOSE


def _by_api(purchase: Purchase) -> Iterator[Pull]:
    is_open = any(line.open for line in purchase.items)
    if is_open and _takes(purchase, Call.FULFILLMENTS):
        yield Pull.SHIP
    if is_open and _takes(purchase, Call.CANCEL):
        yield Pull.CANCEL
    order = purchase.order
    if order and order.available_to_refund_amount and _takes(purchase, Call.REFUNDS):
        yield Pull.REFUND


def _takes(purchase: Purchase, call: Call) -> bool:
    return judge(purchase.state, call) is Verdict.TAKE
