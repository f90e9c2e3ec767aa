"""The bare flow: an order's calls, steps and events as Temporal carries them, and nothing else.

What is beyond it is what Ferryman does with them: rules, records, turns before Digital River, keys,
signatures, idempotency. What it costs, any flow of this shape costs.
"""

from datetime import timedelta
from typing import Any

from temporalio import workflow

QUEUE = "bare"
SIGNALS = 3
"""In so many signals the five events of an order come, of which two have company."""
_LONG_ENOUGH = timedelta(seconds=30)
_STEP = "call_provider"


@workflow.defn(name="Bare")
class Bare:
    """Takes an order's steps; those that move money or goods are ordinary activities here too."""

    def __init__(self) -> None:
        self._built = False
        self._told = 0

    @workflow.run
    async def run(self) -> None:
        """Build the checkout, and end when all has been told."""
        await _prepare(1)
        self._built = True
        await workflow.wait_condition(lambda: self._told == SIGNALS)
        # The order, and the link to its invoice: one was looked for first.
        await _prepare(3)

    @workflow.update
    async def checkout(self) -> None:
        """Wait for the checkout."""
        await workflow.wait_condition(lambda: self._built)

    @workflow.update
    async def source(self) -> None:
        """Attach a source, and read what it makes of the checkout."""
        await _prepare(2)

    @workflow.update
    async def submit(self) -> None:
        """Look for the order, then create it."""
        await _move_money(2)

    @workflow.update
    async def fulfillments(self) -> None:
        """Look for the shipment, then report it."""
        await _move_money(2)

    @workflow.signal
    def event(self, told: dict[str, Any]) -> None:
        """Hear."""
        del told
        self._told += 1


async def _prepare(calls: int) -> None:
    await workflow.execute_local_activity(_STEP, calls, start_to_close_timeout=_LONG_ENOUGH)


async def _move_money(calls: int) -> None:
    await workflow.execute_activity(_STEP, calls, start_to_close_timeout=_LONG_ENOUGH)
