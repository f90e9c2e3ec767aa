"""Why a person has to look at a purchase: every reason is kept, one is shown and searchable.

That is the most urgent, so that no lesser one hides it from its own search.
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
        """All reasons, the most urgent first."""
        reasons = sorted(self._reasons.items(), key=lambda each: _rank(each[0]))
        return tuple(Attention(reason=each, since=at) for each, at in reasons)

    def shown(self) -> Attention | None:
        """The first of them."""
        return next(iter(self.standing()), None)


def _rank(reason: str) -> int:
    """How many go before it; one that a newer version has called for goes before all."""
    return wording.URGENCY.index(reason) if reason in wording.URGENCY else -1
