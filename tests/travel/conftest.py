"""A world whose time is turned on for everybody at once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from faults.travel import World, opened
from tests.workflows.conftest import replay_all


@pytest.fixture
def windows() -> dict[str, Any]:
    """What purchases are promised, where it differs from production."""
    return {}


@pytest.fixture
async def world(temporal, tmp_path, windows) -> AsyncIterator[World]:
    """A Ferryman of its own; what it did replays."""
    async with opened(temporal.client, tmp_path, **windows) as world:
        yield world
    await replay_all(temporal.client, world.parts.task_queue)
