"""A browser without a screen that photographs pages of this machine."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, Page, Route, async_playwright

from demo.failures import DemoError

WIDTH = 1280
"""Of a picture, in pixels."""
SCALE = 0.8
"""Of the page in it: more is in sight, and can still be read."""
_SECONDS = 30.0
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_HERE = "127.0.0.1"
_FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)


class NoBrowserError(DemoError):
    """There is nothing to take pictures with."""


class NotShownError(DemoError):
    """What has to be in a picture is not there to be taken."""


@dataclass(frozen=True)
class Camera:
    """Where the pages are, and where the pictures go."""

    context: BrowserContext
    folder: Path

    @asynccontextmanager
    async def page(
        self, url: str, height: float, width: float = WIDTH / SCALE
    ) -> AsyncIterator[Page]:
        """Open a page for as long as it is looked at, through a window of this size."""
        page = await self.context.new_page()
        try:
            await page.set_viewport_size({"width": int(width), "height": int(height)})
            await page.goto(url)
            yield page
        finally:
            await page.close()

    async def shoot(
        self, page: Page, name: str, height: float, width: float = WIDTH / SCALE
    ) -> None:
        """Keep the upper part of the window as `name`.png."""
        await page.screenshot(
            path=self.folder / f"{name}.png",
            animations="disabled",
            clip={"x": 0, "y": 0, "width": width, "height": height},
        )


def browser() -> str | None:
    """Find Chromium; None where this machine has none."""
    return next((found for name in _BROWSERS if (found := shutil.which(name))), None)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Camera]:
    """Start the browser; raises NoBrowserError where there is none."""
    path = browser()
    if path is None:
        raise NoBrowserError("no Chromium is installed (Debian: apt install chromium)")
    # Chromium's own sandbox does not work for root; it sees nothing but this machine's Web UI.
    flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else [*_FLAGS]
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=path, args=flags)
        context = await chromium.new_context(
            device_scale_factor=SCALE, timezone_id="UTC", locale="en-GB"
        )
        context.set_default_timeout(_SECONDS * 1000)
        await context.route("**/*", _only_here)
        try:
            yield Camera(context, folder)
        finally:
            await chromium.close()


async def _only_here(route: Route) -> None:
    """Let no page ask anybody but this machine."""
    if urlsplit(route.request.url).hostname == _HERE:
        await route.continue_()
    else:
        await route.abort()
