"""Cancellations that are remembered until they can be carried out."""

from collections.abc import Iterator
from datetime import datetime

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.messages import KeyedCancellation
    from ferryman.purchase.purchase import CancellationWish


class Wishes:
    """The remembered cancellations in the order they came; a whole one makes the others moot."""

    def __init__(self) -> None:
        self._wishes: list[tuple[KeyedCancellation, datetime]] = []
        self.forced: KeyedCancellation | None = None
        """What an operator has wished, whatever Digital River says to it."""

    def __bool__(self) -> bool:
        return bool(self._wishes)

    def __iter__(self) -> Iterator[KeyedCancellation]:
        return iter([wish for wish, _ in self._wishes])

    def __contains__(self, cancellation: KeyedCancellation) -> bool:
        return any(wish == cancellation for wish, _ in self._wishes)

    @property
    def whole(self) -> KeyedCancellation | None:
        """The wish for the whole purchase, where there is one."""
        return next((wish for wish, _ in self._wishes if wish.items is None), None)

    def add(self, cancellation: KeyedCancellation) -> None:
        """Remember a cancellation."""
        if self.whole is not None or cancellation in self:
            return
        if cancellation.items is None:
            self._wishes.clear()
        self._wishes.append((cancellation, workflow.now()))

    def force(self, cancellation: KeyedCancellation) -> None:
        """Remember a whole cancellation, to be carried out whatever Digital River says to it."""
        self.add(cancellation)
        self.forced = cancellation

    def remove(self, cancellation: KeyedCancellation) -> None:
        """Forget a cancellation that has been carried out."""
        self._wishes = [wish for wish in self._wishes if wish[0] != cancellation]

    def clear(self) -> None:
        """Forget all: the purchase is over."""
        self._wishes.clear()
        self.forced = None

    def shown(self) -> CancellationWish | None:
        """The wish that the purchase shows."""
        if not self._wishes:
            return None
        wish, since = self._wishes[0]
        return CancellationWish(by=wish.by, reason=wish.reason, since=since)
