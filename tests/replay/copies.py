"""Copies of the flow's source with something changed in them, and workers that run them."""

import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp.test_utils import unused_port

from demo.child import Child, Program
from faults.travel import World
from tests.running import command
from tests.running.command import ROOT
from tests.running.processes import HOST, running


@dataclass(frozen=True)
class Edit:
    """One change of the source: what stands there, and what would."""

    file: str
    before: str
    after: str


ADDED = [
    Edit(
        "workflows/purchase.py",
        "            await checkout.build(case)\n            self._built = True\n",
        "            await workflow.sleep(1)\n            await checkout.build(case)\n"
        "            self._built = True\n",
    )
]
"""A step more at the beginning, which no open purchase has taken."""
PATCHED = [
    Edit(
        "workflows/purchase.py",
        "            await checkout.build(case)\n            self._built = True\n",
        '            if workflow.patched("pause-before-checkout"):\n'
        "                await workflow.sleep(1)\n"
        "            await checkout.build(case)\n            self._built = True\n",
    )
]
"""The same, but for those that have begun before: the patch that `docs/changing.md` shows."""


def edited(folder: Path, edits: list[Edit]) -> dict[str, str]:
    """Copy what a flow is made of into the folder, changed; the environment that runs it."""
    for package in ("workflows", "activities"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    for edit in edits:
        file = folder / edit.file
        text = file.read_text()
        assert 1 == text.count(edit.before), f"{edit.file} is otherwise: adapt this edit"
        file.write_text(text.replace(edit.before, edit.after))
    return command.told(PYTHONPATH=f"{folder}{os.pathsep}{ROOT}")


@asynccontextmanager
async def working(
    folder: Path, edits: list[Edit], world: World, **more: str
) -> AsyncIterator[Child]:
    """A worker whose flow has these changes, as a process of its own, until the block ends."""
    port = unused_port()
    told = {
        "TEMPORAL_ADDRESS": world.temporal.service_client.config.target_host,
        "FERRYMAN_TASK_QUEUE": world.parts.task_queue,
        "FERRYMAN_DATABASE_URL": world.parts.settings.process.database_url.get_secret_value(),
        "FERRYMAN_WORKER_PORT": str(port),
        "DIGITAL_RIVER_BASE_URL": world.parts.sandbox_url,
    }
    worker = Program("worker", (sys.executable, "-m", "workers"), f"http://{HOST}:{port}/readyz")
    environment = {**edited(folder, edits), **told, **more}
    async with running(folder, {worker: environment}) as children:
        yield children["worker"]
