"""A command as a person or a supervisor starts it: what it is told, what it says, how it ends."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a command has ended, and what it has said."""

    code: int | None
    out: str
    err: str


def told(**more: str) -> dict[str, str]:
    """The environment of a process of ours: it knows where we are, and nothing of the shell's."""
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **more}


async def begun(
    folder: Path, *command: str | Path, environment: Mapping[str, str], **options: Any
) -> Process:
    """Begin any program, with pipes for what it says unless the options are others."""
    streams = {"stdin": DEVNULL, "stdout": PIPE, "stderr": PIPE, **options}
    return await asyncio.create_subprocess_exec(
        *map(str, command), cwd=folder, env=environment, **streams
    )


async def ours(folder: Path, *words: str | Path, **environment: str) -> Process:
    """Begin this interpreter with these words, told this and no more."""
    return await begun(folder, sys.executable, *words, environment=told(**environment))


@asynccontextmanager
async def started(folder: Path, *words: str | Path, **environment: str) -> AsyncIterator[Process]:
    """The same; killed where the test has left it running."""
    process = await ours(folder, *words, **environment)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process: Process) -> Ended:
    """Wait for its end; the test's timeout bounds it."""
    out, err = await process.communicate()
    return Ended(process.returncode, (out or b"").decode(), (err or b"").decode())


async def ran(folder: Path, *words: str | Path, **environment: str) -> Ended:
    """The same, to its end."""
    async with started(folder, *words, **environment) as process:
        return await ended(process)
