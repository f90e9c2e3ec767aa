"""What the explanation of a purchase is made of: its view, and what the view does not show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.operations import OPERATIONS, Operation
    from ferryman.purchase.purchase import Attention, Purchase
    from ferryman.purchase.readings import ENDED
    from ferryman.purchase.states import OVER
    from ferryman.purchase.timeline import TimelineEntry

from . import ageing, wording

if TYPE_CHECKING:
    from .case import Case


@dataclass(frozen=True)
class Failing:
    """A step that does not come through."""

    step: str
    failure: str | None
    """The type of what it failed with first."""
    since: datetime | None
    beside: bool = False
    """True where the flow itself does not wait for it."""


@dataclass(frozen=True, kw_only=True)
class Situation:
    """All that is told of one purchase at one moment."""

    purchase: Purchase
    workflow_id: str
    happened: tuple[TimelineEntry, ...] = ()
    reasons: tuple[Attention, ...] = ()
    failing: tuple[Failing, ...] = ()
    left_behind: tuple[str, ...] = ()
    """Orders that are watched until they have ended."""
    paid_late: tuple[str, ...] = ()
    """Those of them whose money waits for a person's decision."""
    asks_again: datetime | None = None
    """When a refused cancellation is asked for again."""
    ships_until: datetime | None = None
    """Until when goods may leave against the payment's authorisation."""
    leaving: str | None = None
    """The shipment with goods that Digital River is being told of."""
    searches: bool = True
    """While `submitting`: an order is looked for, so that one may be brought."""

    @property
    def legal(self) -> tuple[Operation, ...]:
        """The operators' acts that would do something now."""
        purchase = self.purchase
        wait, held = purchase.waiting_for, purchase.hold is not None
        over = purchase.state in OVER and not self.left_behind
        refused = self.asks_again is not None or self._called(wording.ORDER_LEFT_OPEN)
        helps = {
            Operation.RETRY: bool(self.failing) or refused,
            Operation.REREAD: purchase.order is not None and not over,
            Operation.ADOPT_ORDER: self.searches,
            Operation.EXTEND_DEADLINE: wait is not None and wait.until is not None,
            Operation.ACCEPT_LATE_PAYMENT: self._called(wording.LATE_MONEY),
            Operation.FORCE_CANCEL: not over,
            Operation.HOLD: not held,
            Operation.RELEASE: held,
        }
        return tuple(each for each in OPERATIONS[purchase.state] if helps[each])

    def _called(self, reason: str) -> bool:
        return any(each.reason == reason for each in self.reasons)


def situation(case: Case, purchase: Purchase) -> Situation:
    """The purchase as it stands now; `purchase` is its view."""
    again = case.attempt.ask_again
    return Situation(
        purchase=purchase,
        workflow_id=workflow.info().workflow_id,
        happened=tuple(case.record.happened),
        reasons=case.callers.standing(),
        failing=tuple(
            Failing(each.step, each.failure, each.since, each.beside) for each in case.troubles
        ),
        left_behind=tuple(_left_behind(case)),
        paid_late=tuple(id_ for id_, left in case.leftovers.items() if left.is_late),
        asks_again=again.at if again is not None and not again.passed else None,
        ships_until=ageing.ends(case),
        leaving=case.attempt.leaving,
        searches=case.search is not None,
    )


def _left_behind(case: Case) -> Iterator[str]:
    """Also what has only just been left: its watch begins as soon as this is shown."""
    yield from (order_id for order_id, left in case.leftovers.items() if left.is_open)
    for reading in case.abandoned:
        order_id = reading.order.id
        known = order_id in case.continued or order_id in case.leftovers
        if not known and reading.standing not in ENDED:
            yield order_id
