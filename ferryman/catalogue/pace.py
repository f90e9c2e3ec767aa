"""A pace for one process that shares Digital River's rate with nobody it knows of."""

import asyncio
import time
from datetime import timedelta


class OwnPace:
    """At most `rate_per_second` calls, evenly apart."""

    def __init__(self, rate_per_second: int) -> None:
        self._apart = 1 / rate_per_second
        self._due = 0.0
        self._quiet_until = 0.0

    async def take(self) -> "OwnPace":
        """Wait for this call's turn, however long a hold lasts."""
        begins = max(time.monotonic(), self._due)
        self._due = begins + self._apart
        while True:
            # A hold may come while this call waits for its turn.
            wait = max(begins, self._quiet_until) - time.monotonic()
            if wait <= 0:
                return self
            await asyncio.sleep(wait)

    async def hold(self, duration: timedelta) -> None:
        """Let no call begin for so long."""
        self._quiet_until = max(self._quiet_until, time.monotonic() + duration.total_seconds())
        self._due = max(self._due, self._quiet_until)

    async def answered(self) -> None:
        """Nobody else has to hear of it."""

    async def failed(self) -> None:
        """Nobody else has to hear of it."""
