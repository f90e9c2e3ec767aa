"""One running system for all who mistreat it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.hostile.judge import Judge
from tests.hostile.system import System, running


@pytest.fixture(scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """The real system."""
    async with running(tmp_path_factory.mktemp("hostile")) as system:
        yield system


@pytest.fixture(scope="session")
async def document(system: System) -> dict[str, Any]:
    """The API's description of itself."""
    return await system.document()


@pytest.fixture
def judge(document: dict[str, Any]) -> Judge:
    """Who knows what an answer has to be."""
    return Judge(document)
