"""How the flow takes its steps: what prepares is fast when well, what moves money is visible."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import FailureError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from ferryman.purchase.policy import Policy

Argument = TypeVar("Argument")
Result = TypeVar("Result")
Activity = Callable[[Any, Argument], Awaitable[Result]]

# No maximum: a purchase is never failed because something is down. It waits and says on whom.
PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=1),
)
ONCE = RetryPolicy(maximum_attempts=1)
# Long enough for a busy worker to be late, short enough that a dead one is noticed.
HEARTBEAT = timedelta(seconds=10)


class Steps:
    """The steps of one purchase, with the time that its policy gives them."""

    def __init__(self, policy: Policy) -> None:
        call = policy.provider_timeout
        self._quick = call + timedelta(seconds=5)
        self._ordinary = 4 * call + timedelta(seconds=10)
        self._money = 4 * call + 2 * policy.settle_time + timedelta(seconds=15)

    async def prepare(
        self,
        activity: Activity[Argument, Result],
        argument: Argument,
        summary: str,
        troubled: Callable[[], Awaitable[object]] | None = None,
    ) -> Result:
        """A step that is safe to run again blind: local at first, ordinary once it has failed.

        `troubled` is called between the two, to say on whom the purchase waits now.
        """
        try:
            return await workflow.execute_local_activity_method(
                activity,
                argument,
                start_to_close_timeout=self._quick,
                retry_policy=ONCE,
                summary=summary,
            )
        # The SDK raises a local step's failure with or without the activity's around it.
        except FailureError as error:
            if is_cancelled_exception(error):
                raise
            if troubled is not None:
                await troubled()
            return await workflow.execute_activity_method(
                activity,
                argument,
                start_to_close_timeout=self._ordinary,
                retry_policy=PATIENT,
                summary=summary,
            )

    async def move_money(
        self, activity: Activity[Argument, Result], argument: Argument, summary: str
    ) -> Result:
        """A step that moves money or goods: its attempts are the operators' to see and to steer."""
        return await workflow.execute_activity_method(
            activity,
            argument,
            start_to_close_timeout=self._money,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=PATIENT,
            summary=summary,
        )

    async def watch(
        self, activity: Activity[Argument, Result], argument: Argument, summary: str
    ) -> Result:
        """A step that asks again and again, by its own retry delays, until something is new.

        However often it asks, it is one activity in the history.
        """
        return await workflow.execute_activity_method(
            activity,
            argument,
            start_to_close_timeout=self._ordinary,
            retry_policy=PATIENT,
            summary=summary,
        )


async def unless(given_up: Callable[[], bool], step: Awaitable[Result]) -> Result | None:
    """The step's result, or None where it was given up before it came."""
    task = asyncio.ensure_future(step)
    await workflow.wait_condition(lambda: task.done() or given_up())
    if task.done():
        return task.result()
    task.cancel()
    await workflow.wait([task])
    return None
