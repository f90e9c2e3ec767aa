"""A purchase as a careful merchant drives it, with the provider's own events as its mail."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from faults.evidence import Evidence, exact, measured
from ferryman.digital_river.events import read_event
from ferryman.provider_events import translate
from ferryman.purchase.purchase import Purchase as Record
from ferryman.purchase.purchase import workflow_id
from ferryman.records.outbox import Outbox
from tests.workflows.shop import Shop, Shopper
from workflows.purchase import Purchase

# Many wait at the same time.
POLL_SECONDS = 0.1
MOST_ROUNDS = 40
# Longer than the lives' poll interval: each turn of the clock brings a look.
ROUND = timedelta(minutes=20)


class Buyer(Shopper):
    """One life's purchase; time is turned for the purchase alone, since others share the rest."""

    def __init__(self, shop: Shop, purchase_id: str) -> None:
        handle = shop.temporal.client.get_workflow_handle_for(
            Purchase.run, workflow_id(purchase_id)
        )
        super().__init__(shop, purchase_id, handle)
        self._delivered: set[str] = set()

    async def mail(self) -> None:
        """Deliver every event that has not been delivered, in the order of the provider."""
        for record in (await self.ledger())["events"]:
            event = translate(read_event(record["event"]))
            if event is None or event.id in self._delivered:
                continue
            self._delivered.add(event.id)
            # The API would park it.
            with unless_closed():
                await self.handle.signal(Purchase.provider_events, [event])

    async def until(self, *states: str) -> Record:
        """The record once it is in one of these states."""
        while (record := await self.record()).state not in states:
            await asyncio.sleep(POLL_SECONDS)
        return record

    async def until_ledger(self, reached: Callable[[dict[str, Any]], object]) -> None:
        """Wait until the provider's ledger shows what is asked."""
        while not reached(await self.ledger()):
            await asyncio.sleep(POLL_SECONDS)

    async def hears(self, *states: str) -> Record:
        """Mail, and the record once it is in one of these states."""
        await self.mail()
        return await self.until(*states)

    async def later(self, by: timedelta) -> None:
        """Let time pass for the purchase."""
        await self.shop.temporal.fast_forward(self.handle, by)

    async def finish(self) -> None:
        """Deliver and look until the purchase has closed; too many rounds mean it is stuck."""
        for _ in range(MOST_ROUNDS):
            await self.mail()
            if await self.status() is not WorkflowExecutionStatus.RUNNING:
                return
            # It may close before its time has passed.
            with unless_closed():
                await self.later(ROUND)

    async def status(self) -> WorkflowExecutionStatus | None:
        """Where Temporal has the workflow."""
        return (await self.handle.describe()).status

    async def rested(self, *states: str) -> None:
        """Wait until the newest order stands so and no money of it is on its way."""

        def done(ledger: dict[str, Any]) -> bool:
            moving = "pending" in str([one.get("captures") for one in ledger["charges"]])
            return bool(ledger["orders"]) and ledger["orders"][-1]["state"] in states and not moving

        await self.until_ledger(done)

    async def evidence(self) -> Evidence:
        """All that is known of the purchase now."""
        # A double's shortest form is the decimal that it was made from.
        ledger = exact(json.dumps(await self.ledger()))
        record = await self.record()
        timeline = await self.shop.records.timeline(self.id)
        notices = await Outbox(self.shop.records.engine).of(self.id)
        status = await self.status()
        history = await self.handle.fetch_history()
        return Evidence(
            purchase_id=self.id,
            ledger=ledger,
            purchase=exact(record.model_dump_json(by_alias=True)),
            timeline=tuple(exact(entry.model_dump_json(by_alias=True)) for entry in timeline),
            runs=(status.name if status else "UNKNOWN",),
            notices=tuple(exact(each.notice.model_dump_json(by_alias=True)) for each in notices),
            sizes=(measured(history.events),),
        )


@contextmanager
def unless_closed() -> Iterator[None]:
    """Let nothing come of a call to a workflow that has closed meanwhile."""
    try:
        yield
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND and "already completed" not in str(error):
            raise


async def bounded(work: Any, seconds: float) -> str | None:
    """Do the work; what went wrong with it, if anything did."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        return f"not done within {seconds} s"
    except Exception as error:  # noqa: BLE001 - whatever a life ends in is told by its name
        return f"{type(error).__name__}: {error.__cause__ or error}"
    return None
