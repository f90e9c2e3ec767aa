"""Why a person has to look at a purchase: every reason is kept, the oldest is shown."""

from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.purchase import Attention


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

    def shown(self) -> Attention | None:
        """The reason that has stood longest."""
        return next((Attention(reason=each, since=at) for each, at in self._reasons.items()), None)
