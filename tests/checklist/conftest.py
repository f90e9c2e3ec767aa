"""The whole way of a purchase: the real API before the real flow before the real sandbox."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from tests.api.door import Door, Wanted, opened, settings
from tests.workflows.conftest import database_url, sandbox_url, settle_time, shop
from tests.workflows.shop import Shop

__all__ = ["database_url", "sandbox_url", "settle_time", "shop"]


@pytest.fixture
async def door(temporal: WorkflowEnvironment, shop: Shop, tmp_path: Path) -> AsyncIterator[Door]:
    """An API in front of the shop's worker and records."""
    told = settings(Wanted(task_queue=shop.task_queue), tmp_path / "unused.db")
    async with opened(told, temporal.client, shop.records) as door:
        yield door
