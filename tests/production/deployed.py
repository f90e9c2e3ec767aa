"""Workers of two versions as real processes, and the commands of `docs/changing.md`."""

import asyncio
import os
import re
from asyncio.subprocess import STDOUT
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from demo.child import Child
from faults.travel import World
from tests.production.composed import ROOT
from tests.replay.copies import Edit, working
from tests.running.command import begun, ended
from tests.running.temporal import program

DEPLOYMENT = "ferryman"
FORMER, NEXT = "0.1.0", "0.2.0"
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def deployed(
    folder: Path, build: str, edits: list[Edit], world: World
) -> AbstractAsyncContextManager[Child]:
    """A worker of this build, whose flow has these changes, until the block ends."""
    told = {
        "FERRYMAN_SETTLE_TIME": "PT1S",
        "FERRYMAN_WORKER_BUILD": build,
        "FERRYMAN_WORKER_DEPLOYMENT": DEPLOYMENT,
        "DIGITAL_RIVER_RATE_LIMIT": "200",
    }
    return working(folder, edits, world, **told)


def commands() -> list[str]:
    """The blocks of commands under "Versions" in the document, in order."""
    text = (ROOT / "docs/changing.md").read_text()
    _, _, section = text.partition("\n## Versions\n")
    return _BLOCK.findall(section.partition("\n## ")[0])


async def sh(world: World, block: str) -> str:
    """Run a block as a person would, against this Temporal; what it says. Fails as it fails."""
    path = f"{Path(program('temporal')).parent}{os.pathsep}{os.environ['PATH']}"
    told = {"PATH": path, "TEMPORAL_ADDRESS": world.temporal.service_client.config.target_host}
    over = await ended(await begun(ROOT, "sh", "-euc", block, environment=told, stderr=STDOUT))
    assert 0 == over.code, f"{block}\n{over.out}"
    return over.out


async def count(world: World, query: str) -> int:
    """How many workflows Temporal finds."""
    return (await world.temporal.count_workflows(query)).count


async def until(world: World, query: str, number: int) -> None:
    """Wait until Temporal finds so many."""
    async with asyncio.timeout(60):
        while await count(world, query) != number:
            await asyncio.sleep(0.2)


async def polled(world: World, build: str) -> None:
    """Wait until Temporal knows this version and that somebody works on it."""
    async with asyncio.timeout(60):
        while True:
            try:
                await sh(
                    world,
                    "temporal worker deployment describe-version"
                    f" --deployment-name {DEPLOYMENT} --build-id {build}",
                )
            except AssertionError:
                await asyncio.sleep(0.2)
            else:
                return
