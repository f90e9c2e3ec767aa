"""A worker whose flows fail, so that the SDK counts what a healthy system never shows."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from ferryman.telemetry.core import Core


@workflow.defn(name="Failing")
class Failing:
    """A flow that fails in the way that it is told."""

    flipped = False

    @workflow.run
    async def run(self, how: str) -> None:
        """Fail."""
        if how == "contradiction":
            if Failing.flipped:
                await workflow.sleep(1_000)
            await workflow.execute_activity("flip", start_to_close_timeout=timedelta(seconds=5))
        elif how == "size":
            much = "x" * 5_000_000
            await workflow.execute_activity(
                "flip", much, start_to_close_timeout=timedelta(seconds=5)
            )


@activity.defn(name="flip")
async def flip() -> None:
    """From now on the flow contradicts its history."""
    Failing.flipped = True


async def figures_of_failures(address: str) -> str:
    """Have flows fail there, and give what the SDK's core counts of it."""
    core = Core.counting()
    client = await Client.connect(address, runtime=core.runtime)
    async with Worker(
        client,
        task_queue="failing",
        workflows=[Failing],
        activities=[flip],
        workflow_runner=UnsandboxedWorkflowRunner(),
        max_cached_workflows=0,
    ):
        for how in ("contradiction", "size"):
            await client.start_workflow("Failing", how, id=how, task_queue="failing")
        with suppress(RPCError):
            await client.get_workflow_handle("nobody").signal("nothing")
        while True:
            text = (await core.text()).decode()
            if "PayloadsTooLarge" in text and "NonDeterminismError" in text:
                break
            await asyncio.sleep(0.1)
        for how in ("contradiction", "size"):
            await client.get_workflow_handle(how).terminate()
    return text
