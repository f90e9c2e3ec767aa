"""A notice with what became of it: the delivery log, as operators and merchants read it."""

from enum import StrEnum

from ferryman.purchase.base import Moment, Noun

from .notice import Notice


class Progress(StrEnum):
    """How far a notice is."""

    WAITING = "waiting"
    """To be sent, or sent again after a failure."""
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    RESENDING = "resending"
    """To be sent once more, because an operator wants it."""


class Attempt(Noun):
    """One time that it was sent; without a duration, nobody knows how that ended."""

    time: Moment
    status: int | None = None
    """The receiver's HTTP status."""
    cause: str | None = None
    """Why there was no status, or why it did not count."""
    duration_ms: int | None = None


class Notification(Noun):
    """A notice and its delivery."""

    state: Progress
    next_attempt: Moment | None = None
    attempts: tuple[Attempt, ...] = ()
    notice: Notice
