"""Each act in each state of a purchase at work is taken or refused as the table says.

One that has ended is at work while it watches an order that it has left behind; what has closed
takes no act at all, which is the API's to say.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from ferryman.purchase.messages import Hint
from ferryman.purchase.operations import OPERATIONS, Operation, refusal
from ferryman.purchase.states import State
from tests.workflows.acting import (
    accepted_updates,
    acts,
    attention,
    operate,
    refused,
    until_failing,
    until_tried_again,
)
from tests.workflows.conftest import Shop, Shopper

SPARSE = {"poll_interval": timedelta(days=1)}
DOWN = {"kind": "status", "status": 503, "times": 0}
LATER = datetime.now(UTC) + timedelta(days=100)


class Put(NamedTuple):
    """A purchase in its place, and the call that it has not answered yet."""

    shopper: Shopper
    call: asyncio.Future[Any] | None = None


Place = Callable[[Shop], Awaitable[Put]]


async def checkout(shop: Shop) -> Put:
    """A purchase that cannot be given its checkout."""
    shopper, begin = shop.prepare(policy=SPARSE)
    await shopper.fault(method="POST", path="/checkouts", **DOWN)
    call = asyncio.ensure_future(begin)
    # Its record may be there before the call that began it stands in the history.
    await shop.until_recorded(shopper, lambda record: record.waiting_for.what == "provider")
    await until_tried_again(shopper, "build_checkout")
    return Put(shopper, call)


async def submitting(shop: Shop) -> Put:
    """A purchase whose order is made and not found."""
    shopper = await shop.begin()
    await shopper.choose()
    await shopper.variant(late_index="PT6H")
    await shopper.fault(method="POST", path="/orders", kind="reset_after")
    call = asyncio.ensure_future(shopper.submit())
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"])
    return Put(shopper, call)


async def payment_failed(shop: Shop) -> Put:
    """A purchase that was declined, and whose next checkout cannot be built."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.choose("bancontact", returnUrl="https://shop.example/back")
    await shopper.submit()
    await shopper.fault(method="POST", path="/checkouts", **DOWN)
    await shopper.at_provider("abandon")
    call = asyncio.ensure_future(shopper.refresh())
    await shopper.until(State.PAYMENT_FAILED)
    await until_tried_again(shopper, "build_checkout")
    return Put(shopper, call)


async def stuck(shop: Shop, shopper: Shopper, hint: Hint) -> Put:
    """The same purchase, whose order cannot be read any more."""
    await shopper.fault(method="GET", path="/orders/*", **DOWN)
    await shopper.tell(f"order.{hint}", hint)
    await until_failing(shop, shopper)
    return Put(shopper)


async def pending_payment(shop: Shop) -> Put:
    """An unpaid order."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order("konbini")
    return await stuck(shop, shopper, Hint.ACCEPTED)


async def in_review(shop: Shop) -> Put:
    """An order in review."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order(last_name="Review")
    return await stuck(shop, shopper, Hint.ACCEPTED)


async def accepted(shop: Shop) -> Put:
    """An accepted order."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order()
    return await stuck(shop, shopper, Hint.CANCELLED)


async def disputed(shop: Shop) -> Put:
    """An order in dispute."""
    return await stuck(shop, await shop.begin_disputed(policy=SPARSE), Hint.RESOLVED)


async def fulfilled(shop: Shop) -> Put:
    """An order that has left whole."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(capture_delay="P1D")
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    return await stuck(shop, shopper, Hint.COMPLETE)


async def left_open(shop: Shop) -> Put:
    """A cancelled purchase whose order Digital River does not cancel."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(unpaid="silent", pending_cancel="refuse")
    await shopper.order("konbini")
    await shopper.travel(timedelta(days=7, hours=7))
    await shop.until(shopper, attention)
    return Put(shopper)


async def paid_late(shop: Shop) -> Put:
    """A cancelled purchase whose order was paid for afterwards."""
    shopper, _ = await left_open(shop)
    await shopper.at_provider("pay", force=True)
    await shopper.settled_as("accepted")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await shop.until(shopper, lambda record: attention(record) == "late_payment")
    return Put(shopper)


async def left_by_redirect(shop: Shop) -> Shopper:
    """A purchase that may be paid anew, whose first order Digital River does not cancel."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(pending_cancel="refuse")
    await shopper.choose("bancontact", returnUrl="https://shop.example/back")
    await shopper.submit()
    await shopper.at_provider("abandon")
    await shopper.refresh()
    await shop.until(shopper, attention)
    return shopper


async def expired(shop: Shop) -> Put:
    """It was not paid anew, and the first order is still open."""
    shopper = await left_by_redirect(shop)
    await shopper.travel(timedelta(hours=25))
    await shopper.until(State.EXPIRED)
    return Put(shopper)


async def blocked(shop: Shop) -> Put:
    """The second order came to nothing by the review, and the first is still open."""
    shopper = await left_by_redirect(shop)
    order = (await shopper.order(last_name="Review")).order
    assert order is not None, "there is no order"
    await shopper.at_provider("review", decision="block")
    await shopper.tell("order.blocked", Hint.BLOCKED, order_id=order.id)
    await shopper.until(State.BLOCKED)
    return Put(shopper)


async def shipped(shop: Shop) -> tuple[Shopper, str]:
    """The second order has left whole and is paid for, and the first is still open."""
    shopper = await left_by_redirect(shop)
    order = (await shopper.order()).order
    assert order is not None, "there is no order"
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await until_at_provider(shopper, "complete")
    return shopper, order.id


async def until_at_provider(shopper: Shopper, state: str) -> None:
    """Wait until one of the orders stands so at Digital River."""
    await shopper.shop.until_ledger(
        shopper, lambda ledger: state in {each["state"] for each in ledger["orders"]}
    )


async def complete(shop: Shop) -> Put:
    """All is done but for the first order."""
    shopper, order_id = await shipped(shop)
    await shopper.tell("order.complete", Hint.COMPLETE, order_id=order_id)
    await shopper.until(State.COMPLETE)
    return Put(shopper)


async def returned(shop: Shop) -> Put:
    """All has come back, and the first order is still open."""
    shopper, order_id = await shipped(shop)
    order = await shop.digital_river.get_order(order_id)
    await shop.digital_river.create_refund(
        {
            "orderId": order_id,
            "currency": order.currency,
            "amount": order.available_to_refund_amount,
            "reason": "returned",
        }
    )
    await until_at_provider(shopper, "returned")
    await shopper.tell("order.refunded", Hint.REFUNDED, order_id=order_id)
    await shopper.until(State.RETURNED)
    return Put(shopper)


IN_TURN = (
    Operation.HOLD,
    Operation.RELEASE,
    Operation.EXTEND_DEADLINE,
    Operation.RETRY,
    Operation.ADOPT_ORDER,
    Operation.REREAD,
    Operation.FORCE_CANCEL,
)
"""What is legal, so that one act leaves the next one possible."""
PLACES: dict[str, tuple[State, Place, tuple[Operation, ...]]] = {
    "checkout": (State.CHECKOUT, checkout, IN_TURN),
    "submitting": (
        State.SUBMITTING,
        submitting,
        (
            Operation.HOLD,
            Operation.RELEASE,
            Operation.RETRY,
            Operation.FORCE_CANCEL,
            Operation.ADOPT_ORDER,
        ),
    ),
    "payment_failed": (State.PAYMENT_FAILED, payment_failed, IN_TURN),
    "pending_payment": (State.PENDING_PAYMENT, pending_payment, IN_TURN),
    "in_review": (State.IN_REVIEW, in_review, IN_TURN),
    "accepted": (State.ACCEPTED, accepted, IN_TURN),
    "disputed": (State.DISPUTED, disputed, IN_TURN),
    "fulfilled": (State.FULFILLED, fulfilled, IN_TURN),
    "cancelled": (State.CANCELLED, left_open, IN_TURN),
    "expired, left open": (State.EXPIRED, expired, IN_TURN),
    "blocked, left open": (State.BLOCKED, blocked, IN_TURN),
    "complete, left open": (State.COMPLETE, complete, IN_TURN),
    "returned, left open": (State.RETURNED, returned, IN_TURN),
    "cancelled, paid late": (State.CANCELLED, paid_late, (Operation.ACCEPT_LATE_PAYMENT,)),
}


async def needed(shopper: Shopper, act: Operation) -> dict[str, str]:
    """What an act needs besides its reason and its actor."""
    if act is Operation.ADOPT_ORDER:
        return {"orderId": await shopper.order_id() if await has_order(shopper) else "some-order"}
    return {"until": LATER.isoformat()} if act is Operation.EXTEND_DEADLINE else {}


async def has_order(shopper: Shopper) -> bool:
    """Whether Digital River has an order of this purchase that it does not know."""
    return bool((await shopper.ledger())["orders"]) and not (await shopper.record()).order


@pytest.mark.parametrize("place", PLACES)
async def test_row(shop, place):
    """What the table leaves out is refused with what is legal; the rest is taken, and told once."""
    state, put, plan = PLACES[place]
    shopper, call = await put(shop)
    legal = OPERATIONS[state]
    before = await accepted_updates(shopper)
    for act in set(Operation) - set(legal):
        said = await refused(shopper, act, **await needed(shopper, act))
        assert ("NotAllowed", refusal(state, act)) == said

    assert before == await accepted_updates(shopper)
    taken = [act for act in plan if act in legal]
    for act in taken:
        if act is Operation.REREAD:
            await shop.control("DELETE", "faults")
        await operate(shopper, act, **await needed(shopper, act))
    await shop.control("DELETE", "faults")
    await asyncio.gather(*([call] if call else []), return_exceptions=True)

    assert [act.value for act in taken] == [name for name, _ in await acts(shopper)]


def test_every_state_and_every_act_is_tried():
    """The rows are the table's, and each legal act is taken in some row of its state."""
    tried = {state: set[Operation]() for state in State}
    for state, _, plan in PLACES.values():
        tried[state] |= set(plan) & set(OPERATIONS[state])

    assert {state: set(legal) for state, legal in OPERATIONS.items()} == tried
