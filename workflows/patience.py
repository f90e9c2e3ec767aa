"""How refunds and returns bear with the world: usual times, and no cancelling half-way."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.policy import Policy

_NEVER = timedelta()
USUAL = Policy(
    checkout_window=_NEVER,
    payment_windows={},
    payment_grace=_NEVER,
    review_window=_NEVER,
    poll_interval=timedelta(minutes=15),
    settle_time=timedelta(seconds=30),
    provider_timeout=timedelta(seconds=10),
)
"""For what is found rather than asked for: nobody has said how long to wait."""


async def uninterrupted(flow: Awaitable[None]) -> None:
    """Let a cancellation from the Web UI pass by: what Digital River has taken goes on there."""
    task = asyncio.ensure_future(flow)
    while not task.done():
        try:
            await workflow.wait([task])
        except asyncio.CancelledError:
            if (current := asyncio.current_task()) is not None:
                current.uncancel()
            workflow.logger.warning("money under way cannot be called back")
    task.result()


async def at_most(task: asyncio.Task[Any], span: timedelta, summary: str) -> None:
    """Wait for the task, but no longer than this; the timer bears the summary in the Web UI."""
    with suppress(TimeoutError):
        await workflow.wait_condition(task.done, timeout=span, timeout_summary=summary)
