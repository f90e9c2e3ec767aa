"""`python -m bench.floor`: a worker of a workflow that does nothing, the least that one costs."""

import asyncio

from temporalio.worker import Worker

from ferryman.temporal import connect
from workers.worker import sandboxed

from .empty import QUEUE, Floor
from .stopping import last_breath, told_to_stop


async def carry() -> None:
    """Carry such workflows until SIGTERM or SIGINT."""
    client = await connect(lazy=False)
    async with Worker(client, task_queue=QUEUE, workflows=[Floor], workflow_runner=sandboxed()):
        await told_to_stop()
    await last_breath()


if __name__ == "__main__":
    asyncio.run(carry())
