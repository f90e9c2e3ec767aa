"""An order that an operator has found while it was looked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.adoption import Adoptable, AdoptionActivities
    from activities.orders import OneOrder
    from ferryman.purchase.messages import Answer, Intervention
    from ferryman.purchase.readings import SubmissionReading, Submitted
    from ferryman.purchase.timeline import EntryKind

from . import refusals

if TYPE_CHECKING:
    from .case import Case


class Search:
    """The making of one order, until the purchase follows it or knows that there is none."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._offer: tuple[SubmissionReading, Intervention] | None = None
        self.adopted = False
        self.over = False

    @property
    def is_offered(self) -> bool:
        """True where an operator has found an order, and the step is being stopped."""
        return self._offer is not None

    def offer(self, found: SubmissionReading, act: Intervention) -> None:
        """End the search with this order, unless the step itself brings one in this moment."""
        self._offer = found, act
        self._case.steps.hurry()

    def found(self) -> SubmissionReading | None:
        """What ends the step between two tries."""
        return self._offer[0] if self._offer else None

    def settle(self, result: SubmissionReading) -> None:
        """Tell in the timeline how the order was come by."""
        order_id = result.reading.order.id if result.reading else None
        if self._offer is not None and result is self._offer[0]:
            self.adopted = True
            act = self._offer[1]
            said = {"actor": act.actor, "reason": act.reason, "orderId": order_id}
            self._case.note(EntryKind.ACT, act.action.value, **said)
        name = "order_adopted" if self.adopted else "order_created"
        self._case.note(EntryKind.STEP, name, orderId=order_id)


@contextmanager
def searching(case: Case) -> Iterator[Search]:
    """While an order is made, an operator may bring one."""
    search = case.search = Search(case)
    try:
        yield search
    finally:
        case.search, search.over = None, True


def check(case: Case) -> None:
    """Raise the refusal where no order is being looked for, or one has been brought already."""
    if case.search is None:
        raise refusals.not_allowed("no order is being looked for")
    if case.search.is_offered:
        raise refusals.not_allowed("another order is being adopted")


async def adopt(case: Case, act: Intervention) -> Answer:
    """Look whether the order is this purchase's; then stop making one, and follow it."""
    looked = await case.steps.prepare(
        AdoptionActivities.adoptable,
        OneOrder(purchase_id=case.id, order_id=act.order_id or ""),
        "look at the order to adopt",
    )
    check(case)
    if (objection := _objection(case, looked)) is not None:
        raise refusals.not_allowed(f"order {act.order_id} cannot be adopted: {objection}")
    search = case.search
    if search is None:
        raise RuntimeError("the search is over, and was not a moment ago")
    search.offer(SubmissionReading(outcome=Submitted.ORDERED, reading=looked.reading), act)
    await workflow.wait_condition(lambda: search.over)
    if not search.adopted:
        raise refusals.not_allowed(f"another answer came first; the order is now {case.order_id}")
    return Answer(version=case.version)


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
