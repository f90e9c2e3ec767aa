"""The whole system in processes of its own, and a browser that notes whatever goes wrong in it."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, async_playwright

from demo.environment import STORY_WINDOWS, for_stories
from demo.pictures.camera import browser as chromium
from demo.ports import HOST, Ports
from demo.stack import FAST_TIMERS, Stack, programs

QUICK = {
    "FERRYMAN_POLL_INTERVAL": "PT2S",
    "FERRYMAN_SETTLE_TIME": "PT1S",
    "DIGITAL_RIVER_TIMEOUT": "2",
}
_FLAGS = ("--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync")
_MILLISECONDS = 15_000
_VIOLATIONS = """
window.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`));
"""

Forgiven = Callable[[str], bool]


@dataclass
class System:
    """Temporal, sandbox, worker and API, with the windows of production and quick polls."""

    ports: Ports
    stack: Stack
    session: aiohttp.ClientSession

    @property
    def shop(self) -> str:
        """Where the shop is."""
        return f"http://{HOST}:{self.ports.api}"

    @property
    def sandbox(self) -> str:
        """Where the sandbox is."""
        return f"http://{HOST}:{self.ports.sandbox}"

    async def control(self, path: str, body: Any = None) -> Any:
        """Use one of the sandbox's controls."""
        async with self.session.post(f"{self.sandbox}/_sandbox/{path}", json=body) as answer:
            assert answer.status < 300, (path, answer.status, await answer.text())
            return await answer.json() if answer.content_length else None

    async def ledger(self, purchase_id: str) -> Any:
        """What the sandbox has of a purchase."""
        url = f"{self.sandbox}/_sandbox/ledger?upstreamId={purchase_id}"
        async with self.session.get(url) as answer:
            return await answer.json()

    async def purchase(self, purchase_id: str) -> Any:
        """The purchase as the API has it."""
        headers = {"Authorization": "Bearer ferryman-development"}
        url = f"{self.shop}/purchases/{purchase_id}"
        async with self.session.get(url, headers=headers) as answer:
            return await answer.json()


@dataclass
class Watch:
    """What a browser complained about; `forgiven` says what a test has brought about itself."""

    complaints: list[str] = field(default_factory=list)
    forgiven: list[Forgiven] = field(default_factory=list)

    def forgive(self, *parts: str) -> None:
        """Take no notice of complaints that hold all of these words."""
        self.forgiven.append(lambda said: all(part in said for part in parts))

    def listen(self, context: BrowserContext) -> None:
        """Note errors of the console, of scripts and of the security policy, in frames too."""
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(f"script: {error.error}"))

    @property
    def unforgiven(self) -> list[str]:
        """What nobody has brought about."""
        return [
            said for said in self.complaints if not any(forgive(said) for forgive in self.forgiven)
        ]

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            url = (message.location or {}).get("url", "")
            self.complaints.append(f"{message.type}: {message.text} {url}")


@asynccontextmanager
async def system(data: Path) -> AsyncIterator[System]:
    """Run the system until it is not needed any more."""
    ports = Ports.free()
    told = for_stories(ports, data)
    environment = {name: value for name, value in told.items() if name not in STORY_WINDOWS}
    processes = programs(ports, data, [FAST_TIMERS])
    stack = Stack(processes, {**environment, **QUICK}, data, data / "logs")
    async with stack.running(lambda _: None), aiohttp.ClientSession() as session:
        yield System(ports, stack, session)


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """Start Chromium, which has to be there."""
    # Chromium's own sandbox does not work for root; it sees nothing but this machine's pages.
    flags = [*_FLAGS, "--no-sandbox"] if os.geteuid() == 0 else [*_FLAGS]
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=chromium(), args=flags)
        yield started
        await started.close()


@asynccontextmanager
async def looking(browser: Browser, watch: Watch, **options: Any) -> AsyncIterator[BrowserContext]:
    """Open a window that knows nothing of others."""
    context = await browser.new_context(locale="en-GB", timezone_id="UTC", **options)
    context.set_default_timeout(_MILLISECONDS)
    await context.add_init_script(_VIOLATIONS)
    watch.listen(context)
    try:
        yield context
    finally:
        await context.close()
