"""What was done to processes, as it really went."""

from dataclasses import dataclass

from demo.child import STOP_SECONDS

from .plan import Kind


@dataclass(frozen=True)
class Hurt:
    """Something that was done to a process, from when to when, in seconds since 1970."""

    process: str
    kind: Kind
    began: float
    ended: float

    def overlap(self, began: float, ended: float) -> float:
        """Give how many seconds of a time fell into it."""
        return max(0.0, min(ended, self.ended) - max(began, self.began))


@dataclass(frozen=True)
class Stop:
    """How a process ended that was asked to."""

    process: str
    code: int | None
    seconds: float

    @property
    def in_good_order(self) -> bool:
        """Whether it ended well within ten seconds."""
        return self.code == 0 and self.seconds <= STOP_SECONDS
