"""One seed from its first process to its last: what is needed is put together here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp
from temporalio.client import Client
from temporalio.converter import DataConverter

from demo.http import Http
from ferryman.records.engine import create_engine
from ferryman.secrecy.converter import encrypting
from ferryman.secrecy.data_keys import DataKeys
from ferryman.secrecy.ring import KeyRing

from .collecting import collect
from .facts import Deeds, Facts
from .forger import Forger
from .journal import Journal
from .machine import Machine
from .merchant import LONGEST_SECONDS, Merchant
from .place import Keys, Place, environment, keys, place
from .plan import draw
from .scripts import write
from .storm import Storm, Tell


async def run(seed: int, purchases: int, seconds: float, folder: Path, tell: Tell) -> Facts:
    """Let a storm go over so many purchases, wait until all is quiet, and gather the evidence.

    Raises DemoError where the processes do not come up.
    """
    where, known, journal = place(folder), keys(), Journal()
    machine = Machine(where, environment(where, known, seed, seconds), Path.cwd())
    plan, scripts = draw(seed, seconds), write(seed, purchases, seconds)
    tell("starting")
    async with machine.running(), _session() as session, _decrypting(where, known) as converter:
        merchant = Merchant(session, where.api, known.merchant, journal)
        forger = Forger(session, where.api, known.webhook, journal, seed)
        sandbox = Http(session, where.sandbox)
        storm = Storm(plan, scripts, machine, merchant, sandbox, forger, tell)
        connect = partial(Client.connect, where.temporal, data_converter=converter)
        began = await storm.pass_over(connect)
        tell("reading both ledgers and all histories")
        client = await connect()
        books = await collect(scripts, client, merchant, sandbox, where)
        tell("stopping")
    journal.save(where.logs / "client.jsonl")
    deeds = Deeds(
        hurts=machine.hurts,
        stops=machine.stops,
        deaths=machine.deaths,
        forged=forger.sent,
        forged_ids=frozenset(forger.forged_ids),
    )
    return Facts(plan, where, known, began, journal.calls, books, deeds)


@asynccontextmanager
async def _decrypting(where: Place, known: Keys) -> AsyncIterator[DataConverter]:
    engine = create_engine(where.database)
    try:
        yield encrypting(DataKeys(engine, KeyRing.parse(known.ring)))
    finally:
        await engine.dispose()


@asynccontextmanager
async def _session() -> AsyncIterator[aiohttp.ClientSession]:
    limits = aiohttp.ClientTimeout(total=LONGEST_SECONDS)
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, timeout=limits) as session:
        yield session
