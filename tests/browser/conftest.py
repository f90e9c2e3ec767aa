"""A browser at the running system; whatever it complains about fails the test."""

import uuid
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page

from demo.pictures.camera import browser as chromium
from demo.scene import Scene
from demo.stage import staged
from faults.chaos.place import place
from tests.browser.window import Watch, browsing, looking
from tests.running.system import System
from tests.running.system import system as running_system

PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Chromium, without a screen."""
    if chromium() is None:
        pytest.skip("no Chromium is installed (Debian: apt install chromium)")
    async with browsing() as started:
        yield started


@pytest.fixture(scope="session")
async def system(
    browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[System]:
    """The four processes; `browser` first, so that nothing is started for a test that is skipped.

    One for all tests: each buys for itself.
    """
    del browser
    where = place(tmp_path_factory.mktemp("system"))
    async with running_system(where, DIGITAL_RIVER_TIMEOUT="2") as running:
        yield running


@pytest.fixture
async def scene(system: System) -> AsyncIterator[Scene]:
    """A purchase of the test's own."""
    async with staged(system.ports, system.stack, lambda *_: None) as stage:
        yield Scene(stage, "live", f"live-{uuid.uuid4().hex[:12]}")


@pytest.fixture
def watch() -> Watch:
    """What the browser complains about."""
    return Watch()


@pytest.fixture
async def page(browser: Browser, watch: Watch) -> AsyncIterator[Page]:
    """One page; the test fails where anything in it went wrong."""
    async with looking(browser, watch) as context:
        yield await context.new_page()

    assert [] == watch.unforgiven


@pytest.fixture
async def phone(browser: Browser, watch: Watch) -> AsyncIterator[Page]:
    """One page on a narrow phone."""
    async with looking(browser, watch, viewport=PHONE, is_mobile=True, has_touch=True) as context:
        yield await context.new_page()

    assert [] == watch.unforgiven
