import asyncio
import time
import uuid
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp.test_utils import unused_port
from temporalio.api.enums.v1 import PendingActivityState

from faults.travel.basket import GOOD_CARD, REQUEST, source
from ferryman.purchase.purchase import workflow_id
from tests.production.running import (
    HEADERS,
    HOST,
    LONGEST_STOP,
    api,
    running,
    sandbox,
    told,
    worker,
)
from tests.running.processes import pid_at
from tests.running.records import sqlite

CREATE = "create_order"
STARTED = PendingActivityState.PENDING_ACTIVITY_STATE_STARTED


class Purchase:
    """One purchase, at two workers, whose order Digital River is slow to take."""

    def __init__(self, session, client, doors, workers):
        self.id = uuid.uuid4().hex
        self._session = session
        self._client = client
        self._api, self._river = doors
        self._workers = workers

    async def ask(self, method, path, body=None, headers=None):
        """Call the API."""
        return await self._call(method, f"{self._api}{path}", body, {**HEADERS, **(headers or {})})

    async def control(self, method, path, body=None):
        """Use one of the sandbox's controls."""
        return await self._call(method, f"{self._river}/_sandbox/{path}", body, {})

    async def _call(self, method, url, body, headers):
        async with self._session.request(method, url, json=body, headers=headers) as answer:
            assert answer.ok, await answer.text()
            return await answer.json(content_type=None)

    async def begin(self, **fault):
        """Bring it to where it can be ordered; the order's call has this fault."""
        body = {**REQUEST, "upstreamId": self.id}
        opened = await self.ask("POST", "/purchases", body, {"Idempotency-Key": self.id})
        session = opened["checkout"]["payment"]["session"]["id"]
        made = source("creditCard", session, GOOD_CARD, "Beispiel")
        chosen = await self.control("POST", "sources", made)
        await self.ask("PUT", f"/purchases/{self.id}/source", {"sourceId": chosen["id"]})
        await self.control("POST", "faults", {"method": "POST", "path": "/orders", **fault})

    async def ordered_by(self):
        """The worker that has the call to create the order under way."""
        handle = self._client.get_workflow_handle(workflow_id(self.id))
        async with asyncio.timeout(20):
            while True:
                described = (await handle.describe()).raw_description
                for step in described.pending_activities:
                    if step.state == STARTED and step.activity_type.name == CREATE:
                        return self._workers[int(step.last_worker_identity.partition("@")[0])]
                await asyncio.sleep(0.05)

    async def tries(self):
        """Of each step that creates the order, the number of its last attempt."""
        history = await self._client.get_workflow_handle(workflow_id(self.id)).fetch_history()
        scheduled = {
            event.event_id
            for event in history.events
            if event.activity_task_scheduled_event_attributes.activity_type.name == CREATE
        }
        started = (each.activity_task_started_event_attributes for each in history.events)
        return [each.attempt for each in started if each.scheduled_event_id in scheduled]

    async def until(self, state):
        """Wait until it is in this state."""
        async with asyncio.timeout(30):
            while (await self.ask("GET", f"/purchases/{self.id}"))["state"] != state:
                await asyncio.sleep(0.1)


@asynccontextmanager
async def stage(temporal, folder):
    """Two workers, an API and a Digital River."""
    door, one, two, river = (unused_port() for _ in range(4))
    programs = {
        "sandbox": sandbox(river),
        "worker-1": worker(one),
        "worker-2": worker(two),
        "api": api(door),
    }
    environment = {
        **told(temporal, sqlite(folder), river, door),
        "DIGITAL_RIVER_TIMEOUT": "15",
        # Or the order's own event tells that it was taken, and nobody has to ask again.
        "FERRYMAN_SANDBOX_WEBHOOK_URL": "",
    }
    doors = (f"http://{HOST}:{door}", f"http://{HOST}:{river}")
    async with (
        running(programs, environment, folder) as children,
        aiohttp.ClientSession() as session,
    ):
        workers = {pid_at(one): children["worker-1"], pid_at(two): children["worker-2"]}
        yield Purchase(session, temporal.client, doors, workers)


@pytest.mark.parametrize(
    ("fault", "tries"),
    [
        ({"kind": "latency", "delay": "PT5S"}, [1]),
        # Taken, but not answered before the worker has to be gone.
        ({"kind": "timeout_after", "delay": "PT14S"}, [1, 1]),
    ],
    ids=["answered in time", "not answered in time"],
)
async def test_a_worker_that_stops_leaves_one_order(temporal, tmp_path, fault, tries):
    """A worker that is told to stop waits eight seconds for Digital River's answer.

    Where none comes, the other worker looks for the order before it asks again.
    """
    async with stage(temporal, tmp_path) as purchase:
        await purchase.begin(**fault)
        submitting = asyncio.create_task(
            purchase.ask("POST", f"/purchases/{purchase.id}/submit", {"termsAccepted": True})
        )
        busy = await purchase.ordered_by()
        began = time.monotonic()
        code = await busy.stop()
        took = time.monotonic() - began
        await submitting
        await purchase.until("accepted")
        ledger = await purchase.control("GET", f"ledger?upstreamId={purchase.id}")
        tried = await purchase.tries()

    assert 0 == code
    assert took < LONGEST_STOP
    assert tries == tried
    assert 1 == len(ledger["orders"])
