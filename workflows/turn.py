"""One refund or return at a time for one purchase: together they must not take too much."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError, WorkflowAlreadyStartedError

SOONEST = timedelta(milliseconds=50)
MOST_GROWTH = 24
"""Some minutes apart at last: an outage may be long, and a history has to hold the tries."""


@workflow.defn(name="Turn")
class Turn:
    """A lock by its workflow id; it falls with the workflow that holds it."""

    def __init__(self) -> None:
        self._over = False

    @workflow.run
    async def run(self) -> None:
        """Last until the holder lets go."""
        await workflow.wait_condition(lambda: self._over)

    @workflow.signal(name="over", description="The next one may have its turn")
    def over(self) -> None:
        """The holder is done."""
        self._over = True


@asynccontextmanager
async def turn(purchase_id: str) -> AsyncIterator[None]:
    """Be the only one who has Digital River move money or goods back for this purchase."""
    held = await _take(purchase_id)
    try:
        yield
    finally:
        # An operator may have ended it before.
        with suppress(ApplicationError, FailureError):
            await held.signal(Turn.over)
            await held


async def _take(purchase_id: str) -> workflow.ChildWorkflowHandle[Turn, None]:
    lost = 0
    while True:
        try:
            return await workflow.start_child_workflow(
                Turn.run,
                id=f"turn/{purchase_id}",
                static_summary=f"Turn of {workflow.info().workflow_id}",
            )
        except WorkflowAlreadyStartedError:
            apart = SOONEST * 2 ** (lost / 2) * (0.5 + workflow.random().random())
            lost = min(lost + 1, MOST_GROWTH)
            await workflow.sleep(apart, summary="another refund or return is at it")
