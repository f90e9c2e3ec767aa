"""`python -m bench.floor`: a worker of a workflow that does nothing, the least that one costs."""

import asyncio
import signal

from temporalio.worker import Worker

from ferryman.temporal import connect
from workers.process import LAST_BREATH_SECONDS
from workers.worker import sandboxed

from .empty import QUEUE, Floor


async def carry() -> None:
    """Carry such workflows until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    client = await connect(lazy=False)
    async with Worker(client, task_queue=QUEUE, workflows=[Floor], workflow_runner=sandboxed()):
        await stopping.wait()
    await asyncio.sleep(LAST_BREATH_SECONDS)


if __name__ == "__main__":
    asyncio.run(carry())
