"""The real parts that tests share: a dev server with a clock per workflow, sandbox and records."""

import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from ferryman import search_attributes

pytest_plugins = (
    ["tests.plugins.postgresql"] if Path("tests/plugins/postgresql.py").exists() else []
)

FLAGS = [
    "--dynamic-config-value",
    "frontend.WorkflowTimeSkippingEnabled=true",
    "--dynamic-config-value",
    'history.timerProcessorMaxTimeShift="10ms"',
    "--dynamic-config-value",
    "system.forceSearchAttributesCacheRefreshOnRead=true",
]


TOGETHER = ("tests/crashes/", "tests/hostile/test_")
"""The files of each share what one run has begun."""


DRILLS = (
    "tests/api/test_crowds.py",
    "tests/api/test_outages.py",
    "tests/api/test_process.py",
    "tests/bench/test_counts.py",
    "tests/browser/",
    "tests/checklist/test_codes.py",
    "tests/demo/",
    "tests/ferryman/selftest/",
    "tests/hostile/",
    "tests/monitoring/test_running_system.py",
    "tests/operating/",
    "tests/production/test_rolling.py",
    "tests/production/test_stopping.py",
    "tests/production/test_versions.py",
    "tests/secrecy/",
)
"""What plays a whole system, is held to seconds, or says no in every way: `make drills`, alone."""


@pytest.hookimpl(tryfirst=True)  # before the choice by markers is made
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the drills."""
    for item in items:
        if item.nodeid.startswith(DRILLS):
            item.add_marker(pytest.mark.drill)


class ByFile(LoadScopeScheduling):
    """Keeps the tests of one file in one process, since they share its parts.

    What pytest-xdist 3.8 has for this, its groups, pytest 9.2 takes no notice of.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next(
            (each for each in TOGETHER if nodeid.startswith(each)), nodeid.partition("::")[0]
        )


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Share the tests out among processes."""
    return ByFile(config, log)


def program(name: str) -> str:
    """The program of this name beside the interpreter, else on the PATH."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    assert found, f"{name} is not installed"
    return found


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    """The real dev server, whose workflows each have a clock that a test may turn on."""
    environment = await WorkflowEnvironment.start_time_skipping_v2(
        dev_server_existing_path=program("temporal"),
        data_converter=pydantic_data_converter,
        search_attributes=list(search_attributes.ALL),
        dev_server_extra_args=FLAGS,
        # Without this an order's deadline passes before the test has said anything.
        ts_config=TimeSkippingConfig(enabled=False),
    )
    async with environment:
        yield environment


@pytest.fixture
def temporal_client(temporal: WorkflowEnvironment) -> Client:
    """A client of the dev server."""
    return temporal.client
