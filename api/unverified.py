"""How much of what nobody has signed yet may lie in memory: anyone may send it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .errors import unavailable

BUDGET = 32 * 1024 * 1024
_SECONDS = 1


class Unverified:
    """A budget of bytes for the bodies that are being read, of all senders together."""

    def __init__(self, budget: int = BUDGET) -> None:
        self.left = budget

    @contextmanager
    def room(self) -> Iterator[Callable[[int], None]]:
        """Give what takes the next bytes of one body in; they are given back at its end.

        It raises a Problem (503), which says when to come again, where there is no room for them.
        """
        taken = 0

        def take(size: int) -> None:
            nonlocal taken
            if size > self.left:
                raise unavailable("Too much is under way.", _SECONDS)
            taken += size
            self.left -= size

        try:
            yield take
        finally:
            self.left += taken
