"""`python -m bench.bare_worker`: a worker of the bare flow, which calls the sandbox."""

import asyncio

import aiohttp
from temporalio import activity
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from ferryman.settings import DigitalRiverSettings
from ferryman.temporal import connect

from .bare import QUEUE, Bare
from .stopping import last_breath, told_to_stop


class Calling:
    """The one step: some calls to Digital River."""

    def __init__(self, http: aiohttp.ClientSession, told: DigitalRiverSettings) -> None:
        self._http = http
        self._url = f"{told.base_url}/orders?limit=1"
        self._key = {"Authorization": f"Bearer {told.api_key.get_secret_value()}"}

    @activity.defn(name="call_provider")
    async def call(self, times: int) -> None:
        """Call so often, one after the other."""
        for _ in range(times):
            async with self._http.get(self._url, headers=self._key) as answer:
                answer.raise_for_status()
                await answer.json()


async def carry() -> None:
    """Carry such flows until SIGTERM or SIGINT."""
    client = await connect(lazy=False)
    async with (
        aiohttp.ClientSession() as http,
        Worker(
            client,
            task_queue=QUEUE,
            workflows=[Bare],
            activities=[Calling(http, DigitalRiverSettings()).call],
            workflow_runner=UnsandboxedWorkflowRunner(),
        ),
    ):
        await told_to_stop()
    await last_breath()


if __name__ == "__main__":
    asyncio.run(carry())
