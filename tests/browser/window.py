"""A browser that notes whatever goes wrong in it."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, async_playwright

from demo.pictures.camera import browser as chromium

_FLAGS = ("--disable-gpu", "--disable-background-networking", "--no-first-run", "--disable-sync")
_MILLISECONDS = 15_000
_VIOLATIONS = """
window.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`));
"""

Forgiven = Callable[[str], bool]


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
