"""What a failed call means for Temporal: always another try, and when."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from ferryman.digital_river.errors import (
    Conflict,
    DigitalRiverError,
    InvalidRequest,
    NotFound,
    NotNow,
    Unauthorized,
    Unavailable,
)
from ferryman.records import RecordsUnavailable

BEAT_SECONDS = 2.0
KEY_REFUSED = Unauthorized.__name__
"""The type of a failure that only a person with another key can end."""
REFUSALS = frozenset({Conflict.__name__, InvalidRequest.__name__, NotFound.__name__})
"""The types of failures in which Digital River is there, and does not give what it should."""
RECORDS_AWAY = RecordsUnavailable.__name__
"""The type of a failure of our own database."""
UNTOUCHED = "Untouched"
"""The type of a failure that surely changed nothing."""
_SHORTEST = timedelta(seconds=1)
_LONGEST = timedelta(minutes=1)
_SPREAD = timedelta(seconds=5)


@asynccontextmanager
async def told() -> AsyncIterator[None]:
    """Turn what a call to Digital River ended in into a failure that Temporal tries again.

    Refusals that mean something to a purchase are answers and never get here.
    """
    try:
        yield
    except DigitalRiverError as error:
        kind = UNTOUCHED if isinstance(error, Unavailable) else type(error).__name__
        raise ApplicationError(
            f"{type(error).__name__}: {error}",
            # The SDK logs what a failure says, but not its details: these are Temporal's alone.
            *([error.message] if error.message else []),
            type=kind,
            category=_category(error),
            next_retry_delay=_delay(error),
        ) from error


@asynccontextmanager
async def beating() -> AsyncIterator[None]:
    """Let Temporal know, every two seconds, that this worker lives.

    The last beat of an attempt that surely changed nothing says so to the next one.
    """

    async def beat() -> None:
        # A call that is answered at once is not worth a beat, which is paid for.
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            activity.heartbeat()

    heart = asyncio.create_task(beat())
    nothing_changed = False
    try:
        yield
    except Unavailable:
        nothing_changed = untouched_before()
        raise
    finally:
        heart.cancel()
        with suppress(asyncio.CancelledError):
            await heart
        if nothing_changed:
            activity.heartbeat(_mark(activity.info().attempt))


def untouched_before() -> bool:
    """True where no earlier attempt at this step can have changed anything.

    Where a beat is lost the doubt stays, which costs a wait and nothing else. An activity that was
    reset by hand counts its attempts anew, but keeps the time of its first.
    """
    step = activity.info()
    first = step.attempt == 1 and step.current_attempt_scheduled_time == step.scheduled_time
    return first or [*step.heartbeat_details] == [_mark(step.attempt - 1)]


def again(message: str) -> ApplicationError:
    """Digital River contradicts itself: only more looking can tell."""
    return ApplicationError(message, type="Unclear")


def nothing_new(
    message: str, again_in: timedelta, at_most: timedelta | None = None
) -> ApplicationError:
    """Not an error: there is nothing to tell yet; ask again in about this time."""
    delay = jittered(again_in)
    return ApplicationError(
        message,
        type="NothingNew",
        category=ApplicationErrorCategory.BENIGN,
        next_retry_delay=delay if at_most is None else min(delay, at_most),
    )


def jittered(duration: timedelta) -> timedelta:
    """The duration, up to a tenth longer, so that many do not ask at once."""
    return duration * random.uniform(1, 1.1)  # noqa: S311 - spreads load, guards nothing


def _mark(attempt: int) -> str:
    return f"nothing changed up to attempt {attempt}"


def _category(error: DigitalRiverError) -> ApplicationErrorCategory:
    """Who was sent off unserved is no fault of its own; the outage itself is logged once."""
    sent_off = isinstance(error, NotNow)
    return ApplicationErrorCategory.BENIGN if sent_off else ApplicationErrorCategory.UNSPECIFIED


def _delay(error: DigitalRiverError) -> timedelta:
    if error.retry_after is not None:
        # All who wait for the same moment come after it, and not all at once.
        return error.retry_after + _SPREAD * random.random()  # noqa: S311 - spreads load
    attempt = min(activity.info().attempt, 10)
    return jittered(min(_SHORTEST * 2 ** (attempt - 1), _LONGEST))
