"""The local system: Temporal, the sandbox, a worker and the API, started and stopped in order."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Final

import aiohttp

from .child import Child, Program
from .failures import ChildDiedError
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
        self._deaths: asyncio.Queue[ChildDiedError] = asyncio.Queue()
        self._children = {
            program.name: Child(
                program, environment, folder, logs / f"{program.name}.log", self._deaths.put_nowait
            )
            for program in programs
        }

    @asynccontextmanager
    async def running(self, tell: Tell) -> AsyncIterator[None]:
        """Start everything, tell what is ready, and stop everything at the end, whatever happens.

        Raises ChildDiedError or NotReadyError where a process does not come up.
        """
        try:
            for names in _STARTED_TOGETHER:
                for name in names:
                    await self._children[name].start()
                await asyncio.gather(*(self._ready(name, tell) for name in names))
            yield
        finally:
            await _to_its_end(self._stop())

    async def death(self) -> ChildDiedError:
        """Wait for a process to end by itself."""
        return await self._deaths.get()

    async def kill_worker(self) -> None:
        """Kill the worker with SIGKILL, whatever it is doing."""
        await self.kill("worker")

    async def start_worker(self) -> None:
        """Start the worker again and wait until it polls."""
        await self.start("worker")

    async def kill(self, name: str) -> None:
        """Kill one of the processes with SIGKILL, whatever it is doing."""
        await self._children[name].kill()

    async def start(self, name: str) -> None:
        """Start it again and wait until it is ready."""
        await self._children[name].start()
        await self._ready(name, lambda _: None)

    async def _ready(self, name: str, tell: Tell) -> None:
        began = monotonic()
        async with aiohttp.ClientSession(timeout=_PROBE) as session:
            await self._children[name].ready(session)
        tell(f"{name} is ready after {monotonic() - began:.1f} s")

    async def _stop(self) -> None:
        for name in _STOPPED:
            await self._children[name].stop()


def programs(ports: Ports, data: Path, temporal_flags: Sequence[str] = ()) -> tuple[Program, ...]:
    """List the four processes; Temporal keeps its state in `data`, flags are dynamic settings."""
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


async def _to_its_end(ending: Coroutine[Any, Any, None]) -> None:
    """Finish `ending` even where a signal comes meanwhile, or processes would be left behind."""
    task = asyncio.create_task(ending)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
