"""The real parts that tests share: a dev server with a clock per workflow, sandbox and records."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.running.temporal import dev_server, program

__all__ = ["program"]

pytest_plugins = (
    ["tests.plugins.postgresql"] if Path("tests/plugins/postgresql.py").exists() else []
)

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


@pytest.fixture(scope="session")
async def temporal() -> AsyncIterator[WorkflowEnvironment]:
    """The real dev server, whose workflows each have a clock that a test may turn on."""
    async with dev_server() as environment:
        yield environment


@pytest.fixture
def temporal_client(temporal: WorkflowEnvironment) -> Client:
    """A client of the dev server."""
    return temporal.client
