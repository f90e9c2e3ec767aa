"""An API with a shop window and real records, and a whole system where levers are pulled."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace

import pytest
from temporalio.testing import WorkflowEnvironment

from demo.scene import Scene
from demo.stage import Stage, staged
from faults.chaos.place import place
from ferryman.purchase.purchase import Purchase
from ferryman.purchase.timeline import TimelineEntry
from ferryman.records import Records
from ferryman.settings import DigitalRiverSettings
from ferryman.window_settings import ShopSettings
from tests.api.door import Door, Wanted, opened, settings
from tests.running.records import records_in
from tests.running.system import system
from tests.shop.purchase.person import Person

NOBODY = "http://127.0.0.1:9"
"""Nobody listens there: this Digital River has no sandbox's controls."""

Keep = Callable[..., Awaitable[None]]
"""Keeps a purchase with its timeline in the records."""


@pytest.fixture(scope="session")
async def records(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Records]:
    """Real records, in SQLite."""
    async with records_in(tmp_path_factory.mktemp("records")) as records:
        yield records


@pytest.fixture(scope="session")
async def door(
    temporal: WorkflowEnvironment, records: Records, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Door]:
    """The API with its shop window, served; nobody works on its purchases."""
    told = replace(
        settings(Wanted(), tmp_path_factory.mktemp("unused") / "x.db"),
        digital_river=DigitalRiverSettings(base_url=NOBODY),
        shop=ShopSettings(shop="on", shop_temporal_ui="http://127.0.0.1:8299"),
    )
    async with opened(told, temporal.client, records) as door:
        yield door


@pytest.fixture
def keep(records: Records) -> Keep:
    """Keep a purchase as a worker would."""

    async def keep(purchase: Purchase, *entries: TimelineEntry) -> None:
        await records.save(purchase, entries)

    return keep


@pytest.fixture
def new_id() -> str:
    """A purchase id that no other test uses."""
    return f"p-{uuid.uuid4().hex[:20]}"


@pytest.fixture(scope="session")
async def stage(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stage]:
    """A whole system in processes of its own."""
    async with (
        asyncio.timeout(110),
        system(place(tmp_path_factory.mktemp("system"))) as running,
        staged(running.ports, running.stack, lambda *_: None) as stage,
    ):
        yield stage


@pytest.fixture
def scene(stage: Stage, new_id: str) -> Scene:
    """A purchase that no other test has."""
    return Scene(stage, "levers", new_id)


@pytest.fixture
def person(scene: Scene) -> Person:
    """Whoever looks at it."""
    return Person(scene)
