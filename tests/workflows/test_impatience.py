"""A step that is hurried: begun again where it only waits, and its result used where it has one."""

import asyncio
import uuid
from datetime import timedelta

import pytest
from temporalio import activity, workflow
from temporalio.api.enums.v1 import EventType
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from workflows.impatience import Impatience


class Hand:
    """A step that ends when the test says so; where it `fails`, its next try is far away."""

    def __init__(self, *, fails: bool = False) -> None:
        self.begun, self.ended = asyncio.Event(), asyncio.Event()
        self._fails = fails

    @activity.defn(name="step")
    async def step(self) -> None:
        """Wait for the test."""
        self.begun.set()
        if self._fails and not self.ended.is_set():
            raise ApplicationError("away", next_retry_delay=timedelta(hours=1))
        await self.ended.wait()


@workflow.defn(name="Hurried", sandboxed=False)
class Hurried:
    """Takes a step, and counts how often it was begun."""

    def __init__(self) -> None:
        self._impatience = Impatience()

    @workflow.run
    async def run(self) -> int:
        """Take the step until it has come through."""
        for times in range(1, 10):
            trying = asyncio.create_task(
                workflow.execute_activity(
                    "step",
                    start_to_close_timeout=timedelta(minutes=1),
                    retry_policy=RetryPolicy(),
                    cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
                )
            )
            if await self._impatience.bears(trying):
                return times
        return 0

    @workflow.signal
    def hurry(self) -> None:
        """Do not wait."""
        self._impatience.hurry()


async def until(handle, kind: EventType.ValueType) -> None:
    """Wait until the history has such an event."""
    async with asyncio.timeout(30):
        while kind not in [event.event_type for event in (await handle.fetch_history()).events]:
            await asyncio.sleep(0.02)


def deciding(temporal, queue: str) -> Worker:
    """A worker that runs the flow alone."""
    return Worker(temporal.client, task_queue=queue, workflows=[Hurried])


def doing(temporal, queue: str, hand: Hand) -> Worker:
    """A worker that takes the step alone."""
    return Worker(temporal.client, task_queue=queue, activities=[hand.step])


@pytest.fixture
async def started(temporal):
    """A workflow that takes the step, and its queue."""
    queue = f"hurried-{uuid.uuid4().hex}"
    handle = await temporal.client.start_workflow("Hurried", id=queue, task_queue=queue)
    return handle, queue


async def test_result_that_comes_with_the_call_to_hurry_is_used(temporal, started):
    """Both lie before the flow in one task: the step has been done and is not done again."""
    (handle, queue), hand = started, Hand()
    async with doing(temporal, queue, hand):
        async with deciding(temporal, queue):
            await hand.begun.wait()
        await handle.signal("hurry")
        hand.ended.set()
        await until(handle, EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED)
        async with deciding(temporal, queue):
            times = await handle.result()

    assert 1 == times


async def test_step_between_two_tries_is_begun_again(temporal, started):
    """What would be tried in an hour is stopped, and a new one is begun at once."""
    (handle, queue), hand = started, Hand(fails=True)
    async with deciding(temporal, queue), doing(temporal, queue, hand):
        await hand.begun.wait()
        hand.ended.set()
        await handle.signal("hurry")
        times = await handle.result()

    assert 2 == times
