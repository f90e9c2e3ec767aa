"""The command behind `make screenshots`: a fresh system, its purchases, their pictures."""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

import aiohttp
from playwright.async_api import Error as PlaywrightError
from rich.console import Console

from demo.environment import STORY_WINDOWS, for_stories
from demo.ports import HOST, Ports
from demo.stack import FAST_TIMERS, Stack, programs
from demo.stage import Stage, staged

from .album import COLUMNS, QUERY, Picture
from .camera import SCALE, Camera, NotShownError, opened
from .orders import prepare
from .window import SHOWN, View, photograph

_SECONDS = 60.0
_NAMESPACE = "default"
_QUICK = {"FERRYMAN_SETTLE_TIME": "PT1S", "DIGITAL_RIVER_TIMEOUT": "2"}


async def take(
    console: Console, folder: Path, pictures: Sequence[Picture], views: Sequence[View]
) -> None:
    """Take these pictures of the Web UI, and views of the shop, into `folder`, which is there.

    Raises NoBrowserError where there is no browser, NotShownError where a page is otherwise than
    it has to be, DemoError where the system does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="ferryman-pictures-") as data:
        async with opened(folder) as camera:
            await _on_fresh_system(console, camera, Path(data), pictures, views)


async def _on_fresh_system(
    console: Console,
    camera: Camera,
    data: Path,
    pictures: Sequence[Picture],
    views: Sequence[View],
) -> None:
    ports = Ports.free()
    # With the windows of production, so that the pictures show what operators will see.
    told = for_stories(ports, data)
    environment = {name: value for name, value in told.items() if name not in STORY_WINDOWS}
    processes = programs(ports, data, [FAST_TIMERS])
    stack = Stack(processes, {**environment, **_QUICK}, data, data / "logs")
    async with (
        stack.running(console.print),
        staged(ports, stack, lambda order, step: console.print(f"{order}: {step}")) as stage,
    ):
        await _prepared(stage, {picture.purchase for picture in pictures} | _shown(views))
        await _set_columns(camera)
        for picture in pictures:
            await _photograph(camera, ports, picture)
            console.print(f"{camera.folder / picture.name}.png")
        for view in views:
            await photograph(camera, ports, view)
            console.print(f"{camera.folder / view.name}.png")


def _shown(views: Sequence[View]) -> AbstractSet[str | None]:
    return SHOWN if views else frozenset()


async def _prepared(stage: Stage, wanted: AbstractSet[str | None]) -> None:
    try:
        async with asyncio.timeout(_SECONDS):
            await prepare(stage, wanted)
    except TimeoutError as error:
        raise NotShownError(f"the purchases were not ready after {_SECONDS:.0f} s") from error


async def _set_columns(camera: Camera) -> None:
    """Let the list show our search attributes, as operators choose it by hand."""
    columns = {_NAMESPACE: [{"label": label} for label in COLUMNS]}
    stored = json.dumps(json.dumps(columns))
    await camera.context.add_init_script(
        f"localStorage.setItem('namespace-workflow-table-columns', {stored})"
    )


async def _photograph(camera: Camera, ports: Ports, picture: Picture) -> None:
    window = picture.height / SCALE
    async with camera.page(await _address(ports, picture), window) as page:
        try:
            end = await picture.aim(page)
        except PlaywrightError as error:
            raise NotShownError(f"the Web UI does not show {picture.name}: {error}") from error
        await page.evaluate("document.fonts.ready")
        await camera.shoot(page, picture.name, min(window, end or window))


async def _address(ports: Ports, picture: Picture) -> str:
    ui = f"http://{HOST}:{ports.ui}"
    workflows = f"{ui}/namespaces/{_NAMESPACE}/workflows"
    if picture.purchase is None:
        return f"{workflows}?{QUERY}"
    described = f"{ui}/api/v1/namespaces/{_NAMESPACE}/workflows/{picture.workflow}"
    async with aiohttp.ClientSession() as session, session.get(described) as answer:
        run = (await answer.json())["workflowExecutionInfo"]["execution"]["runId"]
    return f"{workflows}/{picture.workflow}/{run}/{picture.tab}"
