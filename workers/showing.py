"""Shows what hardly matters at once: a record is written without a step in the history.

What a flow shows so is not sure to be written; what it keeps by a step later holds all of it.
"""

import asyncio

import structlog
from temporalio.worker import (
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from activities.records import Saving
from ferryman.records import Records, RecordsUnavailable
from workflows.showing import SHOW

log = structlog.get_logger(__name__)


class Showing(Interceptor):
    """Lends flows a function that writes a record in passing."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._loop = asyncio.get_running_loop()
        self._under_way: set[asyncio.Task[None]] = set()

    def workflow_interceptor_class(
        self, asked: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """Flows run in threads of their own; the records belong to the loop."""
        asked.unsafe_extern_functions[SHOW] = lambda saving: self._loop.call_soon_threadsafe(
            self._begin, saving
        )
        return None

    def _begin(self, saving: Saving) -> None:
        task = self._loop.create_task(self._save(saving))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _save(self, saving: Saving) -> None:
        try:
            await self._records.save(saving.purchase, saving.entries)
        except RecordsUnavailable:
            log.info("not_shown_in_passing", purchase_id=saving.purchase.id)
