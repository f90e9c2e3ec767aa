"""A durable timer that is looked at, not waited for."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from temporalio import workflow

Act = Callable[[], Awaitable[object]]


class Alarm:
    """Rings once at `at`; `act` is what is to be done then. Leaving its block stops it."""

    def __init__(self, at: datetime, summary: str, act: Act) -> None:
        self.at = at
        self._summary = summary
        self._act = act
        self._acted = False
        self._sleep = self._begin()

    @property
    def rings(self) -> bool:
        """True from its time on, until it has been answered."""
        return self._sleep.done() and not self._acted

    @property
    def passed(self) -> bool:
        """True from its time on."""
        return self._sleep.done()

    def put_off(self, at: datetime) -> None:
        """Ring at this time, whether or not it has rung before."""
        self._sleep.cancel()
        self.at, self._acted = at, False
        self._sleep = self._begin()

    async def answer(self) -> None:
        """Do what it was set for."""
        self._acted = True
        await self._act()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Ring no more."""
        self._acted = True
        self._sleep.cancel()

    def _begin(self) -> asyncio.Task[None]:
        delay = max(self.at - workflow.now(), timedelta(0))
        return asyncio.create_task(workflow.sleep(delay, summary=self._summary))
