"""Plants a mutant in a copy of the project and runs the layers there until one catches it."""

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from .mutant import Layer, Mutant, plant

_LONGEST_SECONDS = 240.0
_SOURCE = ("workflows", "activities", "workers", "api", "ferryman", "demo", "faults", "tests")
_FILES = ("pyproject.toml", "README.md")
_LINES = 12


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant."""

    mutant: Mutant
    caught_by: Layer | None
    evidence: str
    """What the layer said; the last lines of all of them where none caught it."""
    seconds: float


async def attempt(mutant: Mutant, root: Path) -> Verdict:
    """Try the mutant's layers one after the other on a copy of `root`; raises StaleMutant."""
    began = monotonic()
    said = ""
    with TemporaryDirectory(prefix="mutant-") as folder:
        tree = Path(folder)
        _copy(root, tree)
        plant(mutant, tree)
        for layer in mutant.layers:
            code, output = await _run(layer, tree)
            found = re.search(layer.evidence, output)
            if code != 0 and found:
                return Verdict(mutant, layer, found.group(0), monotonic() - began)
            said += f"{layer.name} ended with {code}:\n{_tail(output)}\n"
    return Verdict(mutant, None, said, monotonic() - began)


def _copy(root: Path, tree: Path) -> None:
    leave = shutil.ignore_patterns("__pycache__")
    for name in _SOURCE:
        shutil.copytree(root / name, tree / name, ignore=leave)
    for name in _FILES:
        shutil.copy(root / name, tree / name)


async def _run(layer: Layer, tree: Path) -> tuple[int | None, str]:
    async with _started(layer, tree) as process:
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                output, _ = await process.communicate()
        except TimeoutError:
            return None, f"not over after {_LONGEST_SECONDS:.0f} s"
    return process.returncode, output.decode(errors="replace")


@asynccontextmanager
async def _started(layer: Layer, tree: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    # The copy goes before the installed project, in all processes that the layer starts too.
    ours = {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *layer.command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tree,
        env={**os.environ, **ours, **layer.environment},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            # It stops what it has started by itself.
            process.terminate()
            await process.wait()


def _tail(output: str) -> str:
    return "\n".join(output.splitlines()[-_LINES:])
