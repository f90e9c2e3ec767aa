"""The local system: Temporal, the sandbox, a worker and the API, started and stopped in order."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Final

import aiohttp

from .child import Child, Program
from .failures import ChildDied
from .ports import HOST, Ports

Tell = Callable[[str], None]

FAST_TIMERS: Final = 'history.timerProcessorMaxTimeShift="10ms"'
"""Lets the dev server fire a timer on time, not up to a second late; never for production."""

_FRESH_ATTRIBUTES = "system.forceSearchAttributesCacheRefreshOnRead=true"
_BIN = Path(sys.executable).parent
_PROBE = aiohttp.ClientTimeout(total=2)

# Each of the second group talks to all of the first. Whoever takes work in stops first, so that
# what it has begun can still be finished by the others.
_STARTED_TOGETHER = (("temporal", "sandbox"), ("worker", "api"))
_STOPPED = ("api", "worker", "sandbox", "temporal")


class Stack:
    """Four processes of ours, with their logs in `logs`."""

    def __init__(
        self, programs: Sequence[Program], environment: Mapping[str, str], folder: Path, logs: Path
    ) -> None:
        self._deaths: asyncio.Queue[ChildDied] = asyncio.Queue()
        self._children = {
            program.name: Child(
                program, environment, folder, logs / f"{program.name}.log", self._deaths.put_nowait
            )
            for program in programs
        }

    @asynccontextmanager
    async def running(self, tell: Tell) -> AsyncIterator[None]:
        """Start everything, tell what is ready, and stop everything at the end, whatever happens.

        Raises ChildDied or NotReady where a process does not come up.
        """
        try:
            for names in _STARTED_TOGETHER:
                await asyncio.gather(*(self._start(name, tell) for name in names))
            yield
        finally:
            for name in _STOPPED:
                await self._children[name].stop()

    async def death(self) -> ChildDied:
        """Wait for a process to end by itself."""
        return await self._deaths.get()

    async def kill_worker(self) -> None:
        """Kill the worker with SIGKILL, whatever it is doing."""
        await self._children["worker"].kill()

    async def start_worker(self) -> None:
        """Start the worker again and wait until it polls."""
        await self._start("worker", lambda _: None)

    async def _start(self, name: str, tell: Tell) -> None:
        child, began = self._children[name], monotonic()
        await child.start()
        async with aiohttp.ClientSession(timeout=_PROBE) as session:
            await child.ready(session)
        tell(f"{name} is ready after {monotonic() - began:.1f} s")


def programs(ports: Ports, data: Path, temporal_flags: Sequence[str] = ()) -> tuple[Program, ...]:
    """The four processes; Temporal keeps its state in `data`, flags are its dynamic settings."""
    flags = (part for flag in temporal_flags for part in ("--dynamic-config-value", flag))
    temporal = (
        f"{_BIN / 'temporal'} server start-dev --ip {HOST} --log-level error",
        f"--port {ports.temporal} --ui-port {ports.ui}",
        f"--dynamic-config-value {_FRESH_ATTRIBUTES}",
    )
    return (
        Program(
            "temporal",
            (*" ".join(temporal).split(), "--db-filename", str(data / "temporal.db"), *flags),
            f"http://{HOST}:{ports.ui}/api/v1/namespaces/default",
        ),
        _python("sandbox", "ferryman.sandbox", f"{ports.sandbox}/_sandbox/health"),
        _python("worker", "workers", f"{ports.worker}/readyz"),
        _python("api", "api", f"{ports.api}/readyz"),
    )


def _python(name: str, module: str, ready: str) -> Program:
    return Program(name, (sys.executable, "-m", module), f"http://{HOST}:{ready}")
