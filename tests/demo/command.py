"""The demo's commands as a process of their own."""

import asyncio
import sys
from pathlib import Path


async def demo(folder: Path, seconds: float, *arguments: str | Path) -> tuple[int | None, str]:
    """Run one in a folder for so many seconds at most; its exit code and all that it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "demo", *arguments),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(seconds):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()
    return process.returncode, output.decode()
