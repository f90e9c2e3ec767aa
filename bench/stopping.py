"""The end of a process that is there to be measured."""

import asyncio
import signal

from workers.process import LAST_BREATH_SECONDS


async def told_to_stop() -> None:
    """Wait for SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    await stopping.wait()


async def last_breath() -> None:
    """Let the SDK's runtime end in peace."""
    await asyncio.sleep(LAST_BREATH_SECONDS)
