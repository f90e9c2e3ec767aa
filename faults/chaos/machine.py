"""The processes of one run, and everything that was done to them."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

import aiohttp

from demo.child import Child, Program
from demo.failures import ChildDiedError
from demo.stack import FAST_TIMERS, programs

from .hurts import Hurt, Stop
from .place import Place
from .plan import PROCESSES, WORKERS, Blow

SANDBOX: Final = "sandbox"
_STARTED: Final = (("temporal", SANDBOX), (*WORKERS, "api"))
_STOPPED: Final = ("api", *WORKERS, SANDBOX, "temporal")
_PROBE = aiohttp.ClientTimeout(total=2)
_BEFORE_REVIVAL = 0.5


class Machine:
    """Temporal, the sandbox, two workers and the API, each in a process group of its own."""

    def __init__(self, place: Place, environment: Mapping[str, str], folder: Path) -> None:
        self.hurts: list[Hurt] = []
        self.stops: list[Stop] = []
        self.deaths: list[str] = []
        """What ended by itself, which nothing may."""
        self._turns = {name: asyncio.Lock() for name in PROCESSES}
        self._died: asyncio.Queue[str] = asyncio.Queue()
        self._children = {
            program.name: Child(
                program,
                {**environment, **own},
                folder,
                place.logs / f"{program.name}.log",
                partial(self._mourn, program.name),
            )
            for program, own in _programs(place)
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start everything, and stop it at the end whatever happens."""
        reviving = asyncio.create_task(self._revive())
        try:
            for names in _STARTED:
                for name in names:
                    await self._children[name].start()
                await asyncio.gather(*map(self.ready, names))
            yield
        finally:
            reviving.cancel()
            for name in _STOPPED:
                self._children[name].thaw()
                await self._children[name].stop()

    async def ready(self, name: str) -> None:
        """Wait until a process serves."""
        async with aiohttp.ClientSession(timeout=_PROBE) as session:
            await self._children[name].ready(session)

    async def strike(self, blow: Blow, until: float) -> None:
        """Do what the plan says, and undo it after its time.

        A process that has not served since it was hit last is waited for, `until` that time: on a
        slow machine there are fewer blows, not a process that never lives.
        """
        async with self._turns[blow.process]:
            await self._serves(blow.process, until)
            if time.time() < until:
                await self._strike(blow)

    async def _strike(self, blow: Blow) -> None:
        child, began = self._children[blow.process], time.time()
        match blow.kind:
            case "freeze":
                child.freeze()
                await asyncio.sleep(blow.lasts)
                child.thaw()
            case "kill":
                await child.kill()
                await asyncio.sleep(blow.lasts)
                await child.start()
            case "terminate":
                code = await child.stop()
                self.stops.append(Stop(blow.process, code, time.time() - began))
                await child.start()
        self.hurts.append(Hurt(blow.process, blow.kind, began, time.time()))

    async def whole(self) -> None:
        """Wait until everything serves again."""
        await asyncio.gather(*map(self.ready, PROCESSES))

    def _mourn(self, name: str, death: ChildDiedError) -> None:
        self.deaths.append(str(death))
        self._died.put_nowait(name)

    async def _serves(self, name: str, until: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, until - time.time())):
                await self.ready(name)

    async def _revive(self) -> None:
        """Start again what has ended by itself, so that the run can go on; or all would hang."""
        while True:
            name = await self._died.get()
            await asyncio.sleep(_BEFORE_REVIVAL)
            await self._children[name].start()


def _programs(place: Place) -> Iterator[tuple[Program, Mapping[str, str]]]:
    """List what to run, each with what it alone is told."""
    for program in programs(place.ports, place.data, (FAST_TIMERS,)):
        if program.name == "api":
            # It serves webhooks and reads while Temporal is away.
            yield replace(program, ready_url=f"{place.api}/healthz"), {}
        elif program.name != "worker":
            yield program, {}
        for name, port in zip(WORKERS, place.worker_ports, strict=True):
            if program.name == "worker":
                ready = program.ready_url.replace(str(place.ports.worker), str(port))
                told = {"FERRYMAN_WORKER_PORT": str(port)}
                yield replace(program, name=name, ready_url=ready), told
