"""APIs, workers and a sandbox as real processes side by side."""

import asyncio
import hashlib
import os
import sys
from contextlib import asynccontextmanager

import aiohttp

from demo.child import Child, Program
from tests.production.composed import ROOT

HOST = "127.0.0.1"
KEY = "the key of a shop"
LONGEST_STOP = 10
HEADERS = {"Authorization": f"Bearer {KEY}"}


@asynccontextmanager
async def running(programs, environment, folder, python=sys.executable):
    """These processes of ours, each with what it alone is told; all are ready."""
    deaths = []
    children = {
        name: Child(
            Program(name, (python, "-m", *module.split()), f"http://{HOST}:{port}/{ready}"),
            {**environment, **told},
            folder,
            folder / f"{name}.log",
            deaths.append,
        )
        for name, (module, port, ready, told) in programs.items()
    }
    try:
        for child in children.values():
            await child.start()
        await asyncio.gather(*map(ready, children.values()))
        yield children
    finally:
        await asyncio.gather(*(child.stop() for child in children.values()))
    assert not deaths, "a process ended by itself"


async def ready(child):
    """Wait until it answers."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        await child.ready(session)


def api(port):
    """An API at this port."""
    return "api", port, "readyz", {"FERRYMAN_API_PORT": str(port)}


def worker(port):
    """A worker that tells of itself at this port."""
    return "workers", port, "readyz", {"FERRYMAN_WORKER_PORT": str(port)}


def told(temporal, database, sandbox, webhooks):
    """What all of them are told."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "TEMPORAL_ADDRESS": temporal.client.service_client.config.target_host,
        "FERRYMAN_TASK_QUEUE": f"production-{sandbox}",
        "FERRYMAN_DATABASE_URL": database,
        "FERRYMAN_API_KEYS": f"shop:operator:{hashlib.sha256(KEY.encode()).hexdigest()}",
        "FERRYMAN_SETTLE_TIME": "PT1S",
        "DIGITAL_RIVER_BASE_URL": f"http://{HOST}:{sandbox}",
        "DIGITAL_RIVER_RATE_LIMIT": "200",
        "FERRYMAN_SANDBOX_PORT": str(sandbox),
        "FERRYMAN_SANDBOX_RATE_LIMIT": "0",
        "FERRYMAN_SANDBOX_WEBHOOK_URL": f"http://{HOST}:{webhooks}/webhooks/digital-river",
    }


def sandbox(port):
    """A Digital River at this port."""
    return "ferryman.sandbox", port, "_sandbox/health", {}


def sqlite(folder):
    """Records in a file."""
    return f"sqlite+aiosqlite:///{folder}/ferryman.db"
