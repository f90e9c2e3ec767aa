"""One seed from its first process to its verdict."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from demo.http import Http

from . import weather
from .facts import Facts, collect
from .forger import Forger
from .journal import Journal
from .machine import Machine
from .merchant import LONGEST_SECONDS, Merchant
from .place import environment, keys, place
from .plan import Plan, draw
from .quiet import until_quiet
from .scripts import write
from .shopper import Shopper

QUIET_SECONDS = 120.0
_BURST = 500
_TEACH_EVERY = 2.0
_TAUGHT = 3

Tell = Callable[[str], None]


async def run(seed: int, purchases: int, seconds: float, folder: Path, tell: Tell) -> Facts:
    """Let a storm go over so many purchases, wait until all is quiet, and gather the evidence.

    Raises DemoError where the processes do not come up.
    """
    plan, where, known = draw(seed, seconds), place(folder), keys()
    machine = Machine(where, environment(where, known, seed), Path.cwd())
    journal = Journal()
    tell("starting")
    async with machine.running(), _session() as session:
        facts = Facts(
            plan=plan,
            scripts=write(seed, purchases, seconds),
            place=where,
            keys=known,
            journal=journal,
            forger=Forger(session, where.api, known.webhook, journal, seed),
            machine=machine,
        )
        merchant = Merchant(session, where.api, known.merchant, journal)
        sandbox = Http(session, where.sandbox)
        await _storm(facts, merchant, sandbox, tell)
        client = await _client(where.temporal)
        tell("reading both ledgers and all histories")
        await collect(facts, client, merchant, sandbox)
        journal.save(where.logs / "client.jsonl")
        tell("stopping")
    return facts


async def _storm(facts: Facts, merchant: Merchant, sandbox: Http, tell: Tell) -> None:
    shoppers = [Shopper(script, merchant, sandbox) for script in facts.scripts]
    facts.began = time.time()
    await weather.storm(sandbox)
    lives = [asyncio.create_task(shopper.live()) for shopper in shoppers]
    try:
        await _disturb(facts, sandbox, tell)
        facts.calm = time.time()
        await facts.machine.whole()
        tell("all faults are over; waiting until nothing moves")
        client = await _client(facts.place.temporal)
        facts.still_open = await _ending(lives, client, sandbox)
    finally:
        await _end(*lives)


async def _ending(lives: list[asyncio.Task[str]], client: Client, sandbox: Http) -> Any:
    until = time.monotonic() + QUIET_SECONDS
    await asyncio.wait(lives, timeout=QUIET_SECONDS)
    return await until_quiet(client, sandbox, max(1.0, until - time.monotonic()))


async def _disturb(facts: Facts, sandbox: Http, tell: Tell) -> None:
    """Do all that the plan says, and forge meanwhile."""
    plan, tricks = facts.plan, asyncio.create_task(facts.forger.forge())
    tell(f"the storm: {len(plan.blows)} blows in {plan.seconds:.0f} s")
    until = facts.began + plan.seconds
    learning = asyncio.create_task(_teach(facts.forger, facts, sandbox))
    async with asyncio.TaskGroup() as group:
        for blow in plan.blows:
            group.create_task(_at(blow.at, facts.machine.strike, blow, until))
        group.create_task(_black_out(plan, sandbox))
        group.create_task(_at(plan.burst_at, _burst, sandbox))
        group.create_task(asyncio.sleep(plan.seconds))
    await _end(tricks, learning)
    await weather.calm(sandbox)


async def _at(seconds: float, act: Callable[..., Any], *arguments: Any) -> None:
    await asyncio.sleep(seconds)
    await act(*arguments)


async def _black_out(plan: Plan, sandbox: Http) -> None:
    await asyncio.sleep(plan.blackout.at)
    await weather.black_out(sandbox)
    await asyncio.sleep(plan.blackout.lasts)
    await weather.lift(sandbox)


async def _burst(sandbox: Http) -> None:
    """Have Digital River send 500 events again, all at once."""
    events = (await sandbox.get("/_sandbox/ledger")).body["events"]
    sent = [one["event"]["id"] for one in events if one["deliveries"]]
    chosen = [sent[number % len(sent)] for number in range(_BURST)] if sent else []
    calls = (sandbox.send("POST", f"/_sandbox/events/{one}/resend", {}) for one in chosen)
    await asyncio.gather(*calls)


async def _teach(forger: Forger, facts: Facts, sandbox: Http) -> None:
    """Let the forger see, now and then, what Digital River has sent of some purchase."""
    random = Random(facts.plan.seed)  # noqa: S311 - repeatable, guards nothing
    while True:
        await asyncio.sleep(_TEACH_EVERY)
        there = [one for one in facts.scripts if facts.began + one.arrives < time.time()]
        for script in random.sample(there, min(_TAUGHT, len(there))):
            ledger = (await sandbox.get("/_sandbox/ledger", upstreamId=script.id)).body
            forger.genuine += [one["event"] for one in ledger["events"] if one["deliveries"]]


async def _end(*tasks: asyncio.Task[Any]) -> None:
    for task in tasks:
        task.cancel()
    # What broke here is the harness's own fault and must be seen.
    for ending in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(ending, Exception | BaseExceptionGroup):
            raise ending


async def _client(address: str) -> Client:
    return await Client.connect(address, data_converter=pydantic_data_converter)


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    limits = aiohttp.ClientTimeout(total=LONGEST_SECONDS)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=limits) as session:
        yield session
