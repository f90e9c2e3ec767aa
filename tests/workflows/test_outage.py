"""A purchase meets an outage of the provider: it says on whom it waits, and goes on by itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from pydantic import SecretStr
from temporalio.client import WorkflowExecutionStatus

from ferryman.digital_river.client import DigitalRiver
from ferryman.digital_river.errors import Unavailable
from ferryman.purchase.states import State
from ferryman.records import DatabasePace, Records
from ferryman.records.gate import CLOSING
from tests.workflows.conftest import POLICY, POLL_SECONDS, Shop, Shopper, replay_all
from workers.worker import create_worker

RATE = 20


@pytest.fixture
async def shop(temporal, sandbox_url, database_url, settle_time, request) -> AsyncIterator[Shop]:
    """A shop whose worker keeps the common pace."""
    queue = f"outage-{abs(hash(request.node.nodeid)) % 10**9}"
    records = await Records.open(database_url)
    await records.migrate()
    async with aiohttp.ClientSession() as http:
        digital_river = DigitalRiver(
            http,
            base_url=sandbox_url,
            api_key=SecretStr("sk_test_sandbox"),
            timeout_seconds=POLICY.provider_timeout.total_seconds(),
            pace=DatabasePace(records.engine, RATE),
        )
        async with create_worker(
            temporal.client,
            task_queue=queue,
            digital_river=digital_river,
            records=records,
            policy=POLICY.model_copy(update={"settle_time": settle_time}),
        ):
            yield Shop(temporal, records, http, sandbox_url, queue, digital_river)
        await replay_all(temporal.client, queue)
    await records.close()


async def black_out(shop: Shop) -> None:
    """Let Digital River be away, and everybody know it."""
    await shop.control("POST", "faults", {"kind": "status", "status": 503, "times": 0})
    for _ in range(CLOSING):
        with pytest.raises(Unavailable):
            await shop.digital_river.list_orders()


async def last_failure(shopper: Shopper) -> str:
    """Why the step that the purchase waits for has failed last, as operators see it."""
    while True:
        raw = (await shopper.handle.describe()).raw_description
        for pending in raw.pending_activities:
            if pending.last_failure.message:
                return str(pending.last_failure.message)
        await asyncio.sleep(POLL_SECONDS)


async def attempts(shopper: Shopper) -> int:
    """How often the step that the purchase waits for has been tried."""
    raw = (await shopper.handle.describe()).raw_description
    return max((pending.attempt for pending in raw.pending_activities), default=0)


async def test_order_placed_in_a_blackout(shop):
    """Submitted while Digital River is away: nothing fails, nothing is hammered, one order."""
    shopper = await shop.begin()
    await shopper.choose()
    await black_out(shop)
    before = len((await shop.control("GET", "ledger"))["requests"])
    submitted = asyncio.create_task(shopper.submit())

    why = await last_failure(shopper)
    waiting = await shopper.record()
    described = await shopper.handle.describe()
    calls = (await shop.control("GET", "ledger"))["requests"][before:]
    await shop.control("DELETE", "faults")
    await submitted
    record = await shopper.record()

    assert "away since" in why or "503" in why
    assert (State.SUBMITTING, "provider") == (waiting.state, waiting.waiting_for.what)
    assert WorkflowExecutionStatus.RUNNING is described.status
    assert len(calls) <= 3
    assert ["accepted"] == [order["state"] for order in (await shopper.ledger())["orders"]]
    assert (State.ACCEPTED, "fulfillment") == (record.state, record.waiting_for.what)


@pytest.mark.parametrize("settle_time", [timedelta(hours=1)])
async def test_calls_that_were_not_sent_leave_nothing_to_settle(shop):
    """However often a step was sent off unserved, it does not wait for what it never sent."""
    shopper = await shop.begin()
    await shopper.choose()
    await black_out(shop)
    submitted = asyncio.create_task(shopper.submit())
    while await attempts(shopper) < 3:
        await asyncio.sleep(POLL_SECONDS)
    await shop.control("DELETE", "faults")
    await submitted

    assert ["accepted"] == [order["state"] for order in (await shopper.ledger())["orders"]]


async def test_begun_while_asked_to_wait(shop):
    """A purchase that begins in a Retry-After window waits for the provider, and calls after it."""
    ends = datetime.now(UTC) + timedelta(seconds=4)
    await DatabasePace(shop.records.engine, RATE).hold(timedelta(seconds=4))
    shopper, start = shop.prepare()
    begun = asyncio.ensure_future(start)

    waiting = await shop.until_recorded(shopper, lambda record: record.waiting_for)
    why = await last_failure(shopper)
    await begun
    record = await shopper.record()

    calls = (await shopper.ledger())["requests"]
    assert (State.CHECKOUT, "provider") == (waiting.state, waiting.waiting_for.what)
    assert "Digital River asked to wait until" in why
    assert min(datetime.fromisoformat(call["time"]) for call in calls) >= ends
    assert "shopper" == record.waiting_for.what
