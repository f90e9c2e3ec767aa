"""The real dev server in which time can be turned on, and the programs that there are of it."""

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from ferryman import search_attributes

FLAGS = [
    "--dynamic-config-value",
    "frontend.WorkflowTimeSkippingEnabled=true",
    "--dynamic-config-value",
    'history.timerProcessorMaxTimeShift="10ms"',
    "--dynamic-config-value",
    "system.forceSearchAttributesCacheRefreshOnRead=true",
]


def program(name: str) -> str:
    """The program of this name beside the interpreter, else on the PATH."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"{name} is not installed"
    return found


@asynccontextmanager
async def dev_server(*flags: str) -> AsyncIterator[WorkflowEnvironment]:
    """A dev server whose workflows each have a clock that a test may turn on."""
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=program("temporal"),
        data_converter=pydantic_data_converter,
        search_attributes=list(search_attributes.ALL),
        dev_server_extra_args=[*FLAGS, *flags],
        # Without this an order's deadline passes before the test has said anything.
        ts_config=TimeSkippingConfig(enabled=False),
    )
    async with environment:
        yield environment
