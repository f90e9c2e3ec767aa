"""Shows what hardly matters at once: a record is written without a step in the history.

What a flow shows so is not sure to be written; what it keeps by a step later holds all of it.
"""

import asyncio

from temporalio.worker import (
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)

from activities.records import Saving
from ferryman.records import Records
from workflows.showing import SHOW


class Showing(Interceptor):
    """Lends flows a function that writes a record in passing."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._loop = asyncio.get_running_loop()

    def workflow_interceptor_class(
        self, asked: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """Flows run in threads of their own; the records belong to the loop."""
        asked.unsafe_extern_functions[SHOW] = self._show
        return None

    def _show(self, saving: Saving) -> None:
        self._loop.call_soon_threadsafe(self._records.show, saving.purchase, saving.entries)
