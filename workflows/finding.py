"""An order that an operator, or an event of its own, has brought while it was looked for."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.adoption import Adoptable, AdoptionActivities
    from activities.orders import OneOrder
    from ferryman.purchase.messages import Answer, Intervention, ProviderEvent
    from ferryman.purchase.readings import OrderReading, SubmissionReading, Submitted
    from ferryman.purchase.timeline import EntryKind

from . import refusals

if TYPE_CHECKING:
    from .case import Case

_MOST_LOOKS = 5
"""At an order that an event names and Digital River does not have."""


class Search:
    """The making of one order, until the purchase follows it or knows that there is none."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._offer: tuple[SubmissionReading, Intervention | None] | None = None
        self.adopted = False
        self.over = False

    @property
    def is_offered(self) -> bool:
        """True where an order has been found, and the step is being stopped."""
        return self._offer is not None

    def goes_on(self) -> bool:
        """True while nobody has brought an order, and the step has not ended."""
        return not (self.over or self.is_offered)

    def offer(self, found: OrderReading, act: Intervention | None = None) -> None:
        """End the search with this order, unless the step itself brings one in this moment.

        Without an act it has told of itself.
        """
        self._offer = SubmissionReading(outcome=Submitted.ORDERED, reading=found), act
        self._case.steps.hurry()

    def found(self) -> SubmissionReading | None:
        """What ends the step between two tries."""
        return self._offer[0] if self._offer else None

    def settle(self, result: SubmissionReading) -> None:
        """Tell in the timeline how the order was come by."""
        order_id = result.reading.order.id if result.reading else None
        if self._offer is not None and result is self._offer[0]:
            self.adopted = True
            if (act := self._offer[1]) is not None:
                said = {"actor": act.actor, "reason": act.reason, "orderId": order_id}
                self._case.note(EntryKind.ACT, act.action.value, **said)
        name = "order_adopted" if self.adopted else "order_created"
        self._case.note(EntryKind.STEP, name, orderId=order_id)


@contextmanager
def searching(case: Case) -> Iterator[Search]:
    """While an order is made, an operator may bring one, or an event of its own."""
    search = case.search = Search(case)
    listening = asyncio.create_task(_listen(case, search))
    try:
        yield search
    finally:
        listening.cancel()
        case.search, search.over = None, True


async def _listen(case: Case, search: Search) -> None:
    """An event may tell of the order while lists do not show it yet, and its answer was lost.

    Only where the step fails: an event often comes before the answer that is on its way.
    """
    looks: Counter[str] = Counter()
    # Whoever follows the search has stopped this; a look that is not tried again helps nobody.
    with suppress(asyncio.CancelledError, ActivityError):
        while search.goes_on():
            await workflow.wait_condition(lambda: case.provider_away and bool(_hopes(case, looks)))
            event = _hopes(case, looks)[0]
            looks[event.id] += 1
            looked = await _adoptable(case, event.order_id or "")
            if looked.reading is None:
                # Reading by its id may lag as lists do.
                await workflow.sleep(case.policy.settle_time, summary="before looking again")
                continue
            looks[event.id] = _MOST_LOOKS
            if _is_made_of_it(case, looked) and search.goes_on():
                search.offer(looked.reading)


def _hopes(case: Case, looks: Mapping[str, int]) -> list[ProviderEvent]:
    """Events that may be about the order, and have not been looked at often enough."""
    past = {*case.leftovers, *case.continued}
    return [
        event
        for event in case.desk.events
        if event.order_id is not None
        and event.order_id not in past
        and looks.get(event.id, 0) < _MOST_LOOKS
    ]


def _is_made_of_it(case: Case, looked: Adoptable) -> bool:
    """True for an order of the very checkout that is being ordered."""
    reading, checkout = looked.reading, case.attempt.checkout
    if reading is None or checkout is None or _objection(case, looked) is not None:
        return False
    return reading.checkout_id == checkout.id


def check(case: Case) -> None:
    """Raise the refusal where no order is being looked for, or one has been brought already."""
    if case.search is None:
        raise refusals.not_allowed("no order is being looked for")
    if case.search.is_offered:
        raise refusals.not_allowed("another order is being adopted")


async def adopt(case: Case, act: Intervention) -> Answer:
    """Look whether the order is this purchase's; then stop making one, and follow it."""
    looked = await _adoptable(case, act.order_id or "")
    check(case)
    if (objection := _objection(case, looked)) is not None:
        raise refusals.not_allowed(f"order {act.order_id} cannot be adopted: {objection}")
    search = case.search
    if search is None or looked.reading is None:
        raise RuntimeError("the search is over, and was not a moment ago")
    search.offer(looked.reading, act)
    await workflow.wait_condition(lambda: search.over)
    if not search.adopted:
        raise refusals.not_allowed(f"another answer came first; the order is now {case.order_id}")
    return Answer(version=case.version)


async def _adoptable(case: Case, order_id: str) -> Adoptable:
    return await case.steps.prepare(
        AdoptionActivities.adoptable,
        OneOrder(purchase_id=case.id, order_id=order_id),
        "look at the order to adopt",
    )


def _objection(case: Case, looked: Adoptable) -> str | None:
    """Why it is not ours: our checkout makes it so, or our number where it names no checkout."""
    reading = looked.reading
    if reading is None:
        return "Digital River does not have it"
    if looked.owner not in {None, case.id}:
        return f"it is purchase {looked.owner}'s"
    if reading.order.id in case.leftovers:
        return "this purchase has left it behind"
    if reading.checkout_id is not None and reading.checkout_id not in case.checkouts:
        return "it was made of another checkout"
    if reading.checkout_id is None and reading.upstream_id != case.id:
        return f"it carries the number {reading.upstream_id}"
    return None
