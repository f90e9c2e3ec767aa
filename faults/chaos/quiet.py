"""Waiting until nothing moves any more: no workflow, no event on its way."""

import asyncio
from collections.abc import Sequence

from temporalio.client import Client
from temporalio.service import RPCError

from demo.http import Http

_LOOK_EVERY = 1.0
_RUNNING = "ExecutionStatus = 'Running' AND WorkflowType != 'Sweep'"


async def until_quiet(client: Client, sandbox: Http, seconds: float) -> Sequence[str]:
    """Wait; give the ids of the workflows that are still open after so many seconds."""
    open_now: Sequence[str] = ()
    try:
        async with asyncio.timeout(seconds):
            while True:
                open_now = await _open(client)
                if not open_now and not await _on_their_way(sandbox):
                    return ()
                await asyncio.sleep(_LOOK_EVERY)
    except TimeoutError:
        return open_now


async def _open(client: Client) -> Sequence[str]:
    try:
        return [one.id async for one in client.list_workflows(_RUNNING)]
    except RPCError as error:
        return [f"(Temporal: {error.message})"]


async def _on_their_way(sandbox: Http) -> int:
    return int((await sandbox.get("/_sandbox/health")).body["underWay"])
