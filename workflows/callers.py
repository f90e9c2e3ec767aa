"""Why a person has to look at a purchase: every reason is kept, one is shown and searchable.

That is the oldest; only money that came for nothing goes before it, since it is the shopper's.
"""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.purchase import Attention

from . import wording


class Callers:
    """The reasons that stand, in the order they came."""

    def __init__(self) -> None:
        self._reasons: dict[str, datetime] = {}

    def add(self, reason: str) -> bool:
        """Call for this reason; False where it stands already."""
        if reason in self._reasons:
            return False
        self._reasons[reason] = workflow.now()
        return True

    def remove(self, *reasons: str) -> None:
        """These reasons are settled."""
        for reason in reasons:
            self._reasons.pop(reason, None)

    def standing(self) -> tuple[Attention, ...]:
        """All reasons: late money where there is any, then by how long they have stood."""
        reasons = sorted(self._reasons.items(), key=lambda each: each[0] != wording.LATE_MONEY)
        return tuple(Attention(reason=each, since=at) for each, at in reasons)

    def shown(self) -> Attention | None:
        """The first of them."""
        return next(iter(self.standing()), None)
