"""Operators in the tests: their acts as the Temporal CLI sends them."""

import asyncio
from typing import Any

from temporalio.api.enums.v1 import EventType, PendingActivityState
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from ferryman.purchase.messages import Answer
from ferryman.purchase.states import State
from ferryman.purchase.timeline import EntryKind
from tests.workflows.shop import Shop, Shopper

ACTOR = "erika.beispiel"
REASON = "the shopper has called"


async def operate(shopper: Shopper, action: str, **more: Any) -> Answer:
    """Act; raises what the workflow refuses with."""
    said = {"action": action, "reason": REASON, "actor": ACTOR, **more}
    return await shopper.handle.execute_update("operate", said, result_type=Answer)


async def refused(shopper: Shopper, action: str, **more: Any) -> tuple[str | None, str]:
    """The kind and the sentence with which an act is refused."""
    try:
        await operate(shopper, action, **more)
    except WorkflowUpdateFailedError as error:
        cause = error.cause
        assert isinstance(cause, ApplicationError), f"{action} was not judged: {cause!r}"
        return cause.type, cause.message
    raise AssertionError(f"{action} was not refused")


async def acts(shopper: Shopper) -> list[tuple[str, dict[str, Any]]]:
    """The operators' acts that the timeline tells of."""
    entries = await shopper.shop.records.timeline(shopper.id)
    return [
        (entry.name, entry.detail)
        for entry in entries
        if entry.kind is EntryKind.ACT and "actor" in entry.detail
    ]


async def accepted_updates(shopper: Shopper) -> int:
    """How many updates the history holds; one that was refused leaves nothing."""
    history = await shopper.handle.fetch_history()
    accepted = EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED
    return sum(event.event_type == accepted for event in history.events)


def attention(record: Any) -> str | None:
    """Why a person is called, if one is."""
    return record.needs_attention.reason if record.needs_attention else None


async def until_failing(shop: Shop, shopper: Shopper) -> None:
    """Wait until the purchase says that a step of it fails."""
    await shop.until(shopper, lambda record: record.waiting_for.what == "provider")


async def until_begun(shopper: Shopper, step: str) -> None:
    """Wait until a worker is at the first try of a step."""
    begun = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED
    async with asyncio.timeout(30):
        while True:
            described = (await shopper.handle.describe()).raw_description
            states = {each.activity_type.name: each.state for each in described.pending_activities}
            if states.get(step) == begun:
                return
            await asyncio.sleep(0.02)


async def until_tried_again(shopper: Shopper, step: str) -> None:
    """Wait until the later tries of a step have begun, and one of them has failed."""
    async with asyncio.timeout(30):
        while True:
            described = (await shopper.handle.describe()).raw_description
            pending = {each.activity_type.name: each for each in described.pending_activities}
            if step in pending and pending[step].attempt > 1:
                return
            await asyncio.sleep(0.02)


async def lost(shop: Shop, shopper: Shopper, **fault: Any) -> asyncio.Future[Any]:
    """A submission that gets no answer, its order not listed where it was made; its call."""
    await shopper.choose()
    await shopper.variant(late_index="PT6H")
    how = fault or {"kind": "reset_after"}
    await shopper.fault(method="POST", path="/orders", **how)
    submitting = asyncio.ensure_future(shopper.submit())
    await shopper.until(State.SUBMITTING)
    if how["kind"] != "status":
        await shop.until_ledger(shopper, lambda ledger: ledger["orders"])
    return submitting
