"""Writing the record of a purchase that has closed, which several may want to change at once."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from temporalio import workflow

FIRST_APART = timedelta(seconds=0.1)
MOST_DOUBLINGS = 9


async def until_kept(attempt: Callable[[], Awaitable[bool]]) -> None:
    """Try until nobody else was quicker: the attempt looks anew each time.

    Ever later by chance: of a crowd one gets through each time.
    """
    lost = 0
    while not await attempt():
        lost = min(lost + 1, MOST_DOUBLINGS)
        apart = FIRST_APART * 2**lost * workflow.random().random()
        await workflow.sleep(apart, summary="another was quicker")
