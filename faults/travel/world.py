"""One clock for all: Digital River's, the purchases', and the one that signatures are judged by."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from ferryman.purchase.purchase import workflow_id
from ferryman.records import Records

from .basket import REQUEST, Json
from .parts import Parts, assembled
from .server import CLOCKS
from .shopper import Shopper

DAY = timedelta(days=1)
"""So far Digital River's clock goes ahead before the purchases' follow."""
# A server that is asked to skip less than it takes to ask skips to the next timer instead.
_LEAST = timedelta(seconds=0.2)


class World:
    """The running parts, the purchases in them, and the time that passes for all."""

    def __init__(self, temporal: Client, parts: Parts) -> None:
        self.temporal = temporal
        self.parts = parts
        self._skipper = TimeSkipper(temporal, config=CLOCKS)
        self._number = 0
        self._behind: dict[str, timedelta] = {}

    @property
    def records(self) -> Records:
        """What is kept of the purchases."""
        return self.parts.records

    def now(self) -> datetime:
        """The time, aware, in UTC."""
        return self.parts.now()

    async def control(self, method: str, path: str, body: object = None) -> Any:
        """Use one of the sandbox's controls."""
        url = f"{self.parts.sandbox_url}/_sandbox/{path}"
        async with self.parts.http.request(method, url, json=body) as response:
            text = await response.text()
            if not response.ok:
                raise RuntimeError(f"{method} {path}: {response.status} {text}")
            return await response.json() if text else None

    async def open(self, **changes: Any) -> Shopper:
        """Open a purchase, as the merchant's shop does."""
        self._number += 1
        purchase_id = f"{self.parts.task_queue}-{self._number}"
        body: Json = {**REQUEST, "upstreamId": purchase_id, **changes}
        shopper = self.known(purchase_id)
        key = {"Idempotency-Key": str(uuid.uuid4())}
        await shopper.call("POST", "/purchases", body, headers=key)
        return shopper

    def known(self, purchase_id: str) -> Shopper:
        """Somebody who acts on the purchase of this id, whoever has begun it."""
        handle = self.temporal.get_workflow_handle(workflow_id(purchase_id))
        return Shopper(purchase_id, self.parts, self.control, handle)

    async def travel(self, by: timedelta) -> None:
        """Let so much time pass for everybody."""
        await self.travel_to(self.now() + by)

    async def travel_to(self, moment: datetime, *, hop: timedelta = DAY) -> None:
        """Let time pass until then, day by day: what each day brings is seen on that day.

        A purchase looks at its order at the end of each hop, whatever its interval, since the
        server tries what waits for another try again as soon as its clock has been turned.
        """
        while self.now() < moment:
            await self._hop(min(self.now() + hop, moment))

    async def _hop(self, moment: datetime) -> None:
        await self.follow()
        seconds = (moment - self.now()).total_seconds()
        await self.control("POST", "clock/advance", {"by": max(seconds, 0)})
        await self.follow()

    async def follow(self) -> None:
        """Bring every workflow to the present time; one that began later stays as far behind."""
        query = f"TaskQueue = '{self.parts.task_queue}' AND ExecutionStatus = 'Running'"
        listed = [each.id async for each in self.temporal.list_workflows(query)]
        async with asyncio.TaskGroup() as together:
            for each in listed:
                together.create_task(self._bring(self.temporal.get_workflow_handle(each)))

    async def _bring(self, handle: WorkflowHandle[Any, Any]) -> None:
        try:
            clock = await self._skipper.get_current_time(handle)
            behind = self._behind.setdefault(handle.id, self.now() - clock)
            ahead = self.now() - behind - clock
            if ahead > _LEAST:
                await self._skipper.fast_forward(handle, ahead)
        except RPCError:
            # It has ended meanwhile, and time is nothing to it any more.
            return


@asynccontextmanager
async def opened(temporal: Client, folder: Path, **told: Any) -> AsyncIterator[World]:
    """Run a Ferryman of its own whose records are in `folder`; `told` are its windows."""
    async with aiohttp.ClientSession() as http, assembled(temporal, http, folder, told) as parts:
        yield World(temporal, parts)
