"""How the flow takes its steps: what prepares is fast when well, what moves money is visible."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    is_cancelled_exception,
)

with workflow.unsafe.imports_passed_through():
    from activities.failures import UNTOUCHED
    from activities.looking import MoneyStep
    from ferryman.purchase.policy import Policy

from .impatience import Impatience

Argument = TypeVar("Argument")
Step = TypeVar("Step", bound=MoneyStep)
Result = TypeVar("Result")
Activity = Callable[[Any, Argument], Awaitable[Result]]
Troubled = Callable[[str | None], Awaitable[object]]
"""Is told the type of a step's first failure."""
Instead = Callable[[], Result | None]
"""Gives a step's result where somebody has found it elsewhere."""
If = Callable[[], bool]
"""Asked inside a wait, where an error would end the whole workflow: it must not raise."""

# No maximum: a purchase is never failed because something is down. It waits and says on whom.
PATIENT = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=1),
)
ONCE = RetryPolicy(maximum_attempts=1)
# Long enough for a busy worker to be late, short enough that a dead one is noticed.
HEARTBEAT = timedelta(seconds=10)
LONGEST_SLEEP = timedelta(minutes=5)


class StepGivenUp(Exception):
    """The step is not tried any more; what was tried of it may still be done."""


def nothing() -> None:
    """A step's result is nowhere but at its own end."""
    return


def never() -> bool:
    """A step is tried until it comes through."""
    return False


class Steps:
    """The steps of one purchase, with the time that its policy gives them."""

    def __init__(self, policy: Policy) -> None:
        call = policy.provider_timeout
        self._quick = call + timedelta(seconds=5)
        self._ordinary = 4 * call + timedelta(seconds=10)
        self._money = 6 * call + 4 * policy.settle_time + timedelta(seconds=15)
        self._impatience = Impatience()

    def hurry(self) -> None:
        """Have every step that fails now tried at once, whenever its next try was due."""
        self._impatience.hurry()

    async def prepare(
        self,
        activity: Activity[Argument, Result],
        argument: Argument,
        summary: str,
        troubled: Troubled | None = None,
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
                await troubled(_kind(error))
            while True:
                trying = asyncio.create_task(self.keep_asking(activity, argument, summary))
                if await self._impatience.bears(trying):
                    return trying.result()

    async def move_money(
        self,
        activity: Activity[Step, Result],
        step: Step,
        summary: str,
        troubled: Troubled,
        instead: Instead[Result] = nothing,
        given_up: If = never,
    ) -> Result:
        """A step that moves money or goods: its attempts are the operators' to see and to steer.

        `troubled` is called after a first failure, to say on whom the purchase waits now. What
        `instead` gives ends the step between two tries, and is its result. Raises StepGivenUp
        between two tries once it is given up.
        """
        if (given := _given(instead, given_up)) is not None:
            return given
        # After a reset another run may find it tried already.
        step = step.model_copy(update={"begun_in": workflow.info().original_execution_run_id})
        try:
            return await self._move_money(activity, step, summary, ONCE)
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            await troubled(_kind(error))
            await self._impatience.pause(
                _told_delay(error), lambda: given_up() or instead() is not None
            )
            doubtful = step.doubtful or _kind(error) != UNTOUCHED
            again = step.model_copy(update={"doubtful": doubtful})
            return await self._keep_moving(
                activity, again, summary, lambda: _given(instead, given_up)
            )

    async def _keep_moving(
        self, activity: Activity[Step, Result], step: Step, summary: str, instead: Instead[Result]
    ) -> Result:
        """Try until there is an answer; what was stopped half-way may have done its work."""
        while (given := instead()) is None:
            trying = asyncio.create_task(self._move_money(activity, step, summary, PATIENT))
            if await self._impatience.bears(trying):
                return trying.result()
            step = step.model_copy(update={"doubtful": True})
        return given

    async def _move_money(
        self, activity: Activity[Step, Result], step: Step, summary: str, policy: RetryPolicy
    ) -> Result:
        return await workflow.execute_activity_method(
            activity,
            step,
            start_to_close_timeout=self._money,
            heartbeat_timeout=HEARTBEAT,
            retry_policy=policy,
            # Only when the one try is surely over may there be another one.
            cancellation_type=workflow.ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
            summary=summary,
        )

    async def keep_asking(
        self, activity: Activity[Argument, Result], argument: Argument, summary: str
    ) -> Result:
        """A step that is tried until it has an answer, as often as its retry delays say.

        However often it asks, it is one activity in the history.
        """
        return await workflow.execute_activity_method(
            activity,
            argument,
            start_to_close_timeout=self._ordinary,
            retry_policy=PATIENT,
            summary=summary,
        )


def _given(instead: Instead[Result], given_up: If) -> Result | None:
    if given_up():
        raise StepGivenUp
    return instead()


def _kind(error: BaseException) -> str | None:
    """The type of the failure itself, without the activity's around it."""
    cause = error.cause if isinstance(error, ActivityError) else error
    return cause.type if isinstance(cause, ApplicationError) else None


def _told_delay(error: ActivityError) -> timedelta:
    """As long as the failure said, as after a 429; a second where it said nothing.

    No longer than a few minutes, since the Web UI shows of the second try when it comes next.
    """
    told = error.cause.next_retry_delay if isinstance(error.cause, ApplicationError) else None
    return min(told or timedelta(seconds=1), LONGEST_SLEEP)


async def unless(given_up: Callable[[], bool], step: Awaitable[Result]) -> Result | None:
    """The step's result, or None where it was given up before it came."""
    task = asyncio.ensure_future(step)
    await workflow.wait_condition(lambda: task.done() or given_up())
    if task.done():
        return task.result()
    task.cancel()
    await workflow.wait([task])
    with suppress(asyncio.CancelledError, FailureError):
        task.result()
    return None
