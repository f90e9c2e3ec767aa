"""The storm itself: shoppers come, processes are hit, calls and events are spoiled, all at once."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from temporalio.client import Client

from demo.http import Http

from . import weather
from .forger import Forger
from .machine import Machine
from .merchant import Merchant
from .plan import Plan
from .quiet import until_quiet
from .scripts import Script
from .shopper import Shopper

QUIET_SECONDS = 120.0
"""The longest time from the last fault until nothing moves any more."""
_BURST = 500
_TEACH_EVERY = 2.0
_TAUGHT = 3

Tell = Callable[[str], None]
Connect = Callable[[], Coroutine[Any, Any, Client]]


@dataclass(frozen=True)
class Storm:
    """Everybody who takes part."""

    plan: Plan
    scripts: Sequence[Script]
    machine: Machine
    merchant: Merchant
    sandbox: Http
    forger: Forger
    tell: Tell

    async def pass_over(self, connect: Connect) -> float:
        """Let it rage and die down, until all is quiet; give when it began.

        `connect` makes a client of Temporal, which has to be up for that.
        """
        began = time.time()
        await weather.storm(self.sandbox)
        shoppers = (Shopper(script, self.merchant, self.sandbox) for script in self.scripts)
        lives = [asyncio.create_task(shopper.live()) for shopper in shoppers]
        try:
            await self._rage(began)
            await self.machine.whole()
            self.tell("all faults are over; waiting until nothing moves")
            await self._die_down(lives, await connect())
        finally:
            await _end(*lives)
        return began

    async def _rage(self, began: float) -> None:
        plan = self.plan
        self.tell(f"the storm: {len(plan.blows)} blows in {plan.seconds:.0f} s")
        beside = [
            asyncio.create_task(self.forger.forge()),
            asyncio.create_task(self._teach(began)),
        ]
        async with asyncio.TaskGroup() as group:
            for blow in plan.blows:
                strike = self.machine.strike(blow, began + plan.seconds)
                group.create_task(_at(blow.at, strike))
            group.create_task(_at(plan.blackout.at, self._black_out()))
            group.create_task(_at(plan.burst_at, self._burst()))
            group.create_task(asyncio.sleep(plan.seconds))
        await _end(*beside)
        await weather.calm(self.sandbox)

    async def _die_down(self, lives: Sequence[asyncio.Task[str]], client: Client) -> None:
        until = time.monotonic() + QUIET_SECONDS
        await asyncio.wait(lives, timeout=QUIET_SECONDS)
        await until_quiet(client, self.sandbox, max(1.0, until - time.monotonic()))

    async def _black_out(self) -> None:
        await weather.black_out(self.sandbox)
        await asyncio.sleep(self.plan.blackout.lasts)
        await weather.lift(self.sandbox)

    async def _burst(self) -> None:
        """Have Digital River send 500 events again, all at once."""
        events = (await self.sandbox.get("/_sandbox/ledger")).body["events"]
        sent = [one["event"]["id"] for one in events if one["deliveries"]]
        chosen = [sent[number % len(sent)] for number in range(_BURST)] if sent else []
        calls = (self.sandbox.send("POST", f"/_sandbox/events/{one}/resend", {}) for one in chosen)
        await asyncio.gather(*calls)

    async def _teach(self, began: float) -> None:
        """Let the forger see, now and then, what Digital River has sent of some purchases."""
        random = Random(self.plan.seed)  # noqa: S311 - repeatable, guards nothing
        while True:
            await asyncio.sleep(_TEACH_EVERY)
            there = [one for one in self.scripts if began + one.arrives < time.time()]
            for script in random.sample(there, min(_TAUGHT, len(there))):
                ledger = (await self.sandbox.get("/_sandbox/ledger", upstreamId=script.id)).body
                sent = (one["event"] for one in ledger["events"] if one["deliveries"])
                self.forger.genuine += sent


async def _at(seconds: float, act: Coroutine[Any, Any, None]) -> None:
    await asyncio.sleep(seconds)
    await act


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    # What broke here is the harness's own fault and must be seen.
    for ending in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ending, Exception | BaseExceptionGroup):
            raise ending
