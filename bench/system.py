"""All processes of a measurement, each with its own figures of time and memory."""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import aiohttp
import psutil

from demo.child import Child, Program
from demo.environment import STORY_WINDOWS, for_stories
from demo.failures import ChildDiedError
from demo.ports import HOST, Ports
from demo.stack import programs

TEMPORAL: Final = "temporal"
PLAIN: Final = "plain-"
"""Before the names of what is there once more, for the plain way."""
FLOOR: Final = "floor"
BARE_WORKER: Final = "bare-worker"
BARE_API: Final = "bare-api"
PLAIN_QUEUE: Final = "purchases-the-plain-way"

CONDITIONS: Final = {
    "DIGITAL_RIVER_RATE_LIMIT": "10000",
    "FERRYMAN_API_RATE_LIMIT": "100000",
    "FERRYMAN_SANDBOX_RATE_LIMIT": "0",
}
"""What a test account or a key may do in a second would be measured, not what an order costs."""

_PROBE = aiohttp.ClientTimeout(total=2)
_MINE: Final = ("sandbox", "worker", "api")
_QUIET_SECONDS: Final = 0.4
_QUIET_SHARE: Final = 0.06
_LONGEST_UNREST_SECONDS: Final = 4.0
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Place:
    """Where the processes listen and keep what they know."""

    ours: Ports
    plain: Ports
    bare: Ports
    data: Path

    @classmethod
    def within(cls, folder: Path) -> "Place":
        """Take free ports, and a folder that is there."""
        ours = Ports.free()
        plain = replace(Ports.free(), temporal=ours.temporal, ui=ours.ui)
        return cls(ours, plain, replace(ours, api=Ports.free().api), folder)

    @property
    def temporal(self) -> str:
        """Temporal's address."""
        return f"{HOST}:{self.ours.temporal}"

    @property
    def database(self) -> Path:
        """The file of our records."""
        return self.data / "ferryman.db"


class System:
    """Temporal, and for each way what it is made of: a sandbox, a worker, an API."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._deaths: asyncio.Queue[ChildDiedError] = asyncio.Queue()
        self._processes: dict[str, psutil.Process] = {}
        self._children = {
            program.name: Child(
                program,
                told,
                place.data,
                place.data / "logs" / f"{program.name}.log",
                self._deaths.put_nowait,
            )
            for program, told in _programs(place)
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start everything, and stop it at the end whatever happens.

        Raises ChildDiedError or NotReadyError where a process does not come up.
        """
        try:
            await self._begin(TEMPORAL, "sandbox")
            await self._begin("worker", "api")
            await self._begin(PLAIN + "sandbox", FLOOR)
            await self._begin(PLAIN + "worker", PLAIN + "api")
            await self._begin(BARE_WORKER, BARE_API)
            yield
        finally:
            await self.end_comparison()
            await self._stop(*reversed(_MINE), TEMPORAL)

    async def end_comparison(self) -> None:
        """Stop what is there for comparison only."""
        await self._stop(FLOOR, BARE_API, BARE_WORKER)
        await self._stop(*(PLAIN + name for name in reversed(_MINE)))

    async def outlived_by_all(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        """Do the work; raises ChildDiedError as soon as a process ends by itself."""
        task, death = asyncio.create_task(work), asyncio.create_task(self._deaths.get())
        try:
            both: set[asyncio.Future[Any]] = {task, death}
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise death.result()
            return task.result()
        finally:
            task.cancel()
            death.cancel()
            await asyncio.gather(task, death, return_exceptions=True)

    async def kill_worker(self) -> None:
        """End our worker at once."""
        await self._children["worker"].kill()

    async def start_worker(self) -> None:
        """Start our worker; it is not ready yet."""
        await self._start("worker")

    def cpu_seconds(self, name: str) -> float:
        """The time for which a process has kept a core busy; an empty name is this process."""
        times = self._process(name).cpu_times()
        return float(times.user + times.system)

    def resident_bytes(self, name: str) -> int:
        """The memory that a process holds."""
        return int(self._process(name).memory_info().rss)

    async def quiet(self) -> None:
        """Wait until hardly anything is done any more, four seconds at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_UNREST_SECONDS):
                busy = _QUIET_SECONDS
                while busy > _QUIET_SHARE * _QUIET_SECONDS:
                    before = self._busy()
                    await asyncio.sleep(_QUIET_SECONDS)
                    busy = self._busy() - before

    def _busy(self) -> float:
        return sum(self.cpu_seconds(name) for name in self._processes)

    def _process(self, name: str) -> psutil.Process:
        return self._processes[name] if name else psutil.Process()

    async def _stop(self, *names: str) -> None:
        for name in names:
            self._processes.pop(name, None)
            await self._children[name].stop()

    async def _begin(self, *names: str) -> None:
        for name in names:
            await self._start(name)
        async with aiohttp.ClientSession(timeout=_PROBE) as session:
            await asyncio.gather(*(self._children[name].ready(session) for name in names))

    async def _start(self, name: str) -> None:
        # A child keeps its number to itself; ours is the one that was not there before.
        before = set(psutil.Process().children())
        await self._children[name].start()
        (self._processes[name],) = set(psutil.Process().children()) - before


def _programs(place: Place) -> Iterator[tuple[Program, Mapping[str, str]]]:
    """List what to run, each with what it is told."""
    ours = _told(place.ours, place.data)
    plain = _told(place.plain, place.data) | {
        "FERRYMAN_TASK_QUEUE": PLAIN_QUEUE,
        "FERRYMAN_DATABASE_URL": f"sqlite+aiosqlite:///{place.data / 'plain.db'}",
    }
    temporal, *mine = programs(place.ours, place.data)
    yield temporal, ours
    yield from ((program, ours) for program in mine)
    for program in programs(place.plain, place.data)[1:]:
        named = replace(program, name=PLAIN + program.name)
        yield (_python(named, "bench.plain") if program.name == "worker" else named), plain
    *_, api = programs(place.bare, place.data)
    yield _python(replace(api, name=BARE_API), "bench.bare_api"), _told(place.bare, place.data)
    # Nobody asks these whether they are there: their first workflow waits for them.
    yield _python(replace(temporal, name=BARE_WORKER), "bench.bare_worker"), ours
    yield _python(replace(temporal, name=FLOOR), "bench.floor"), ours


def _python(program: Program, module: str) -> Program:
    return replace(program, command=(sys.executable, "-m", module))


def _told(ports: Ports, data: Path) -> dict[str, str]:
    """What production is told: the windows of days that nobody waits for here."""
    told = for_stories(ports, data)
    usual = {name: value for name, value in told.items() if name not in STORY_WINDOWS}
    return usual | CONDITIONS
