"""A real Temporal dev server whose workflows each have a clock that may be turned on."""

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from ferryman import search_attributes

IDENTITY = "ferryman"
"""Who is seen to have done things in histories, which are kept and name no machine."""
# Without the first a purchase's deadline passes before anybody has said anything; without the
# second a clock stops for good after two hundred looks at one order.
CLOCKS = TimeSkippingConfig(enabled=False, max_session_skip_count=1_000_000)
_FLAGS = (
    "frontend.WorkflowTimeSkippingEnabled=true",
    # Else a timer that is skipped to takes a second.
    'history.timerProcessorMaxTimeShift="10ms"',
    "system.forceSearchAttributesCacheRefreshOnRead=true",
)


@asynccontextmanager
async def temporal_server() -> AsyncIterator[Client]:
    """Run the `temporal` program beside the interpreter, or else the one on the PATH."""
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=_program(),
        data_converter=pydantic_data_converter,
        identity=IDENTITY,
        search_attributes=list(search_attributes.ALL),
        dev_server_log_level="never",
        dev_server_extra_args=[part for flag in _FLAGS for part in (_OPTION, flag)],
        ts_config=CLOCKS,
    )
    async with environment:
        yield environment.client


_OPTION = "--dynamic-config-value"


def _program() -> str:
    beside = Path(sys.executable).parent / "temporal"
    return str(beside) if beside.exists() else shutil.which("temporal") or str(beside)
