"""The sandbox's own time: the wall's, plus what was skipped; timers follow it."""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

Work = Literal[
    "ask_information",
    "attempt",
    "capture_again",
    "carry_out",
    "end_movement",
    "end_unpaid",
    "expire_refund",
    "fail_pending",
    "finish_refund",
    "issue_invoice",
    "pass_review",
    "refresh_payment",
    "send",
    "settle_fulfillment",
    "verify_identifier",
]
Argument = str | int | dict[str, str]
Worker = Callable[..., Awaitable[object] | None]
OnFailure = Callable[[BaseException], None]


class Timer(NamedTuple):
    """What is to be done when: plain data, so that it can outlive the process."""

    due: datetime
    number: int
    """Decides between timers that are due at the same moment."""
    work: Work
    arguments: tuple[Argument, ...]


class Clock:
    """Tells the time and fires timers; `advance` skips ahead and fires what falls due then."""

    def __init__(self, on_failure: OnFailure) -> None:
        self.after_each: Callable[[], Awaitable[None]] | None = None
        """Awaited after every timer, so that what it caused goes on its way."""
        self.workers: dict[Work, Worker] = {}
        """Who does the work that a timer names."""
        self._offset = timedelta()
        self._timers: list[Timer] = []
        self._numbers = itertools.count()
        self._wake = asyncio.Event()
        self._running: set[asyncio.Future[None]] = set()
        self._on_failure = on_failure

    def now(self) -> datetime:
        """Give the present moment, aware, in UTC."""
        return datetime.now(UTC) + self._offset

    @property
    def offset(self) -> timedelta:
        """How far ahead of the wall this clock is."""
        return self._offset

    @property
    def timers(self) -> list[Timer]:
        """What is still to be done, in the order in which it will be."""
        return sorted(self._timers)

    def after(self, delay: timedelta, work: Work, *arguments: Argument) -> None:
        """Have work done once that much of this clock's time has gone by."""
        self._add(self.now() + delay, work, arguments)
        self._wake.set()

    def restore(
        self, offset: timedelta, timers: Iterable[tuple[datetime, Work, tuple[Argument, ...]]]
    ) -> None:
        """Go on as a clock that was this far ahead and had these timers, in this order."""
        self._offset = offset
        for timer in timers:
            self._add(*timer)

    async def advance(self, by: timedelta) -> None:
        """Skip ahead; timers due on the way fire in order, each at its own time, awaited."""
        target = self.now() + by
        while self._timers and self._timers[0].due <= target:
            timer = heapq.heappop(self._timers)
            self._offset += max(timedelta(), timer.due - self.now())
            await self._end(self._begin(timer))
        self._offset += max(timedelta(), target - self.now())
        self._wake.set()

    async def run(self) -> None:
        """Fire timers as they fall due, until cancelled."""
        while True:
            while self._timers and self._timers[0].due <= self.now():
                pending = self._begin(heapq.heappop(self._timers))
                task = asyncio.ensure_future(self._end(pending))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            self._wake.clear()
            await self._doze()

    async def stop(self) -> None:
        """End what is under way; the timers are left as they stand."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def clear(self) -> None:
        """Forget every timer and the skipped time."""
        self._timers.clear()
        self._offset = timedelta()

    def _add(self, due: datetime, work: Work, arguments: tuple[Argument, ...]) -> None:
        heapq.heappush(self._timers, Timer(due, next(self._numbers), work, arguments))

    async def _doze(self) -> None:
        pause = (self._timers[0].due - self.now()).total_seconds() if self._timers else None
        with suppress(TimeoutError):
            async with asyncio.timeout(pause):
                await self._wake.wait()

    def _begin(self, timer: Timer) -> Awaitable[object] | None:
        """Do the work, or what of it needs no waiting.

        That leaves no moment at which a timer is gone and its work not begun.
        """
        with self._guarded():
            return self.workers[timer.work](*timer.arguments)
        return None

    async def _end(self, pending: Awaitable[object] | None) -> None:
        with self._guarded():
            if pending is not None:
                await pending
            if self.after_each is not None:
                await self.after_each()

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - a timer's failure must not stop the clock
            self._on_failure(error)
