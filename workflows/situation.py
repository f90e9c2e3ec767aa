"""What the explanation of a purchase is made of: its view, and what the view does not show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.operations import OPERATIONS, Operation
    from ferryman.purchase.purchase import Attention, Purchase, TimelineEntry

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
    asks_again: datetime | None = None
    """When a refused cancellation is asked for again."""
    ships_until: datetime | None = None
    """Until when goods may leave against the payment's authorisation."""

    @property
    def legal(self) -> tuple[Operation, ...]:
        """The operators' acts that would do something now."""
        return tuple(each for each in OPERATIONS[self.purchase.state] if self._helps(each))

    def _helps(self, operation: Operation) -> bool:
        match operation:
            case Operation.RETRY:
                return bool(self.failing) or self.asks_again is not None
            case Operation.REREAD:
                return self.purchase.order is not None
            case Operation.ACCEPT_LATE_PAYMENT:
                return any(each.reason == wording.LATE_MONEY for each in self.reasons)
            case Operation.HOLD | Operation.RELEASE:
                return (operation is Operation.HOLD) is (self.purchase.hold is None)
            case _:
                return True


def situation(case: Case, purchase: Purchase) -> Situation:
    """The purchase as it stands now; `purchase` is its view."""
    again = case.attempt.ask_again
    return Situation(
        purchase=purchase,
        workflow_id=workflow.info().workflow_id,
        happened=tuple(case.happened),
        reasons=case.callers.standing(),
        failing=tuple(
            Failing(each.step, each.failure, each.since, each.beside) for each in case.troubles
        ),
        left_behind=tuple(id_ for id_, left in case.leftovers.items() if not left.ended),
        asks_again=again.at if again is not None and not again.passed else None,
        ships_until=ageing.ends(case),
    )
