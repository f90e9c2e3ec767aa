"""The sandbox's own time: the wall's, plus what was skipped; timers follow it."""

import asyncio
import heapq
import itertools
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

Action = Callable[[], Awaitable[None] | None]
OnFailure = Callable[[BaseException], None]


class Clock:
    """Tells the time and fires timers; `advance` skips ahead and fires what falls due then."""

    def __init__(self, on_failure: OnFailure) -> None:
        self.after_each: Callable[[], Awaitable[None]] | None = None
        """Awaited after every timer, so that what it caused goes on its way."""
        self._offset = timedelta()
        self._timers: list[tuple[datetime, int, Action]] = []
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

    def after(self, delay: timedelta, action: Action) -> None:
        """Fire an action once that much of this clock's time has gone by."""
        heapq.heappush(self._timers, (self.now() + delay, next(self._numbers), action))
        self._wake.set()

    async def advance(self, by: timedelta) -> None:
        """Skip ahead; timers due on the way fire in order, each at its own time, awaited."""
        target = self.now() + by
        while self._timers and self._timers[0][0] <= target:
            due, _, action = heapq.heappop(self._timers)
            self._offset += max(timedelta(), due - self.now())
            await self._fire(action)
        self._offset += max(timedelta(), target - self.now())
        self._wake.set()

    async def run(self) -> None:
        """Fire timers as they fall due, until cancelled."""
        while True:
            while self._timers and self._timers[0][0] <= self.now():
                _, _, action = heapq.heappop(self._timers)
                task = asyncio.ensure_future(self._fire(action))
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            self._wake.clear()
            await self._doze()

    async def stop(self) -> None:
        """Forget the timers and end what is under way."""
        self.clear()
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def clear(self) -> None:
        """Forget every timer and the skipped time."""
        self._timers.clear()
        self._offset = timedelta()

    async def _doze(self) -> None:
        pause = (self._timers[0][0] - self.now()).total_seconds() if self._timers else None
        try:
            await asyncio.wait_for(self._wake.wait(), timeout=pause)
        except TimeoutError:
            return

    async def _fire(self, action: Action) -> None:
        try:
            pending = action()
            if pending is not None:
                await pending
            if self.after_each is not None:
                await self.after_each()
        except Exception as error:  # noqa: BLE001 - a timer's failure must not stop the clock
            self._on_failure(error)
