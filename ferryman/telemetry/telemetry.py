"""All that one process tells of itself, put together where the process begins."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from temporalio.client import Interceptor

from .core import Core
from .correlation import Correlation
from .promptness import Promptness
from .steps import Steps
from .tracing import Tracing, tracing


@dataclass(frozen=True)
class Telemetry:
    """What the parts of a process need to count, trace and name what they do."""

    core: Core
    tracing: Tracing | None = None

    @classmethod
    def of(cls, service: str, *, counted: bool = True) -> "Telemetry":
        """Begin; `counted` says that somebody can read the figures of this process."""
        return cls(Core.counting() if counted else Core.begin(), tracing(service))

    @property
    def interceptors(self) -> Sequence[Interceptor]:
        """What sits between Temporal and us, the outermost first; workers have it from clients."""
        always = (Correlation(), Promptness(), Steps())
        return always if self.tracing is None else (*always, self.tracing.interceptor)

    async def close(self) -> None:
        """Send what was not sent yet."""
        if self.tracing is not None:
            await asyncio.to_thread(self.tracing.close)
