"""One running Ferryman at which the runbook's commands are carried out."""

import asyncio
import os
import sys
import uuid
from asyncio.subprocess import STDOUT
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from faults.travel import opened
from faults.travel.shopper import KEY, Refused
from tests.operating.runbook import SETUP, blocks, is_act
from tests.running.command import begun, ended
from tests.running.records import records_at, sqlite
from workers.schedule import schedule_sweep

SHORT = timedelta(seconds=2)
WINDOWS = {
    "review_window": SHORT,
    "payment_windows": {"konbini": SHORT, "default": SHORT, "redirect": SHORT},
    "payment_grace": timedelta(0),
}
_DAY = timedelta(days=1)
# One moment, so that an act that is repeated is the same act.
_UNTIL = f"{datetime.now(UTC) + 30 * _DAY:%Y-%m-%dT%H:%M:%SZ}"


class Stage:
    """A world, and a shell in it."""

    def __init__(self, temporal, world, file):
        self.temporal = temporal
        self.world = world
        self.file = file
        self.server = ""
        """Where PostgreSQL is, for what needs one."""
        self._beside = set()
        self._seen = {}
        self._long = {}

    @property
    def environment(self):
        """What the shell of an operator knows."""
        parts = self.world.parts
        return {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.file.parent),
            "API": parts.door.url,
            "KEY": KEY,
            "TEMPORAL_ADDRESS": self.temporal.client.service_client.config.target_host,
            "FERRYMAN_TASK_QUEUE": parts.task_queue,
            "FERRYMAN_DATABASE_URL": sqlite(self.file.parent),
            "DIGITAL_RIVER_BASE_URL": parts.sandbox_url,
            "DIGITAL_RIVER_API_KEY": "sk_test_sandbox",
            "UNTIL": _UNTIL,
        }

    def beside(self, call):
        """Make a call whose answer nobody waits for."""
        task = asyncio.create_task(_forgiven(call))
        self._beside.add(task)
        task.add_done_callback(self._beside.discard)

    def begin(self, long):
        """Begin what takes long while other things are done."""
        self._long[long] = asyncio.create_task(long(self))

    async def waited_for(self, long):
        """What it came to."""
        if long not in self._long:
            self.begin(long)
        return await self._long[long]

    async def river(self, method, path, body=None):
        """Ask Digital River as its Dashboard would."""
        url, signed = self.world.parts.sandbox_url, {"Authorization": "Bearer sk_test_sandbox"}
        http = self.world.parts.http
        async with http.request(method, f"{url}{path}", json=body, headers=signed) as answer:
            return await answer.json()

    async def run(self, command, told):
        """Carry out one line as an operator does; its exit code, and all that it prints."""
        setup = "\n".join(blocks()[SETUP].commands)
        process = await begun(
            self.file.parent,
            *("bash", "-c", f"set -euo pipefail\n{setup}\n{command}"),
            environment={**self.environment, **told},
            stderr=STDOUT,
        )
        over = await ended(process)
        return over.code, over.out

    async def once(self, command, told):
        """The same, but what only looks is not looked at twice where nothing is another."""
        if is_act(command):
            return await self.run(command, told)
        known = (command, *sorted(told.items()))
        if known not in self._seen:
            self._seen[known] = await self.run(command, told)
        return self._seen[known]

    async def patiently(self, command, told):
        """Run an act again; Temporal carries out one batch at a time."""
        code, printed = await self.run(command, told)
        while "Max concurrent batch" in printed:
            code, printed = await self.run(command, told)
        return code, printed

    async def ended(self, told, state):
        """Wait until the purchase is in this state, where one is named."""
        if state:
            await self.world.known(told["PURCHASE"]).until(state)

    async def on_a_server(self):
        """Keep the records of another Ferryman on a PostgreSQL, as `psql` and we name it."""
        name = f"test_{uuid.uuid4().hex}"
        engine = create_async_engine(self.server, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(f"CREATE DATABASE {name}"))
        await engine.dispose()
        url = make_url(self.server).set(database=name).render_as_string(hide_password=False)
        async with records_at(url):
            pass
        plain = url.replace("postgresql+asyncpg://", "postgresql://")
        backup = str(self.file.parent / f"{uuid.uuid4().hex}.dump")
        return {"FERRYMAN_DATABASE_URL": url, "DATABASE": plain, "BACKUP": backup}

    async def acts(self, told):
        """The acts in the timeline of the purchase that a command is about."""
        if "PURCHASE" not in told:
            return []
        timeline = await self.world.known(told["PURCHASE"]).timeline()
        return [entry["name"] for entry in timeline if entry["kind"] == "act"]

    async def close(self):
        """Wait for nobody any more."""
        tasks = [*self._beside, *self._long.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _forgiven(call):
    with suppress(aiohttp.ClientError, Refused):
        await call


@asynccontextmanager
async def staged(temporal, folder, *, short=True):
    """A Ferryman, with windows of seconds where nothing else is said; its sweep sleeps."""
    async with opened(temporal.client, folder, **(WINDOWS if short else {})) as world:
        stage = Stage(temporal, world, folder / "ferryman.db")
        queue = world.parts.task_queue
        await schedule_sweep(temporal.client, queue, interval=_DAY, settle_time=timedelta(0))
        await temporal.client.get_schedule_handle(f"sweep/{queue}").pause()
        try:
            yield stage
        finally:
            await stage.close()
            await temporal.client.get_schedule_handle(f"sweep/{queue}").delete()
