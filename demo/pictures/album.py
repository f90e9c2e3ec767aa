"""The pictures: which page of the Web UI each shows, and what has to be in sight there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import FloatRect, Locator, Page

from .orders import CALLING, FAILING, WAITING

_MARGIN = 24
_CAUSE = 1
"""Which of the lines that can be folded holds where the failure came from."""


Aim = Callable[[Page], Awaitable[float | None]]
"""Waits until the page shows what it has to; gives where that ends, if it does, in its pixels."""


@dataclass(frozen=True)
class Picture:
    """A page of the Web UI, aimed at and cut off after `height` pixels at most."""

    name: str
    height: int
    aim: Aim
    purchase: str | None = None
    """None: the list of all."""
    tab: str = "user-metadata"

    @property
    def workflow(self) -> str:
        """The workflow's id, as it stands in an address."""
        return quote(f"purchase/{self.purchase}", safe="")


def _texts(*texts: str) -> Aim:
    async def aim(page: Page) -> None:
        for text in texts:
            await page.get_by_text(text).first.wait_for()

    return aim


def _details(text: str) -> Aim:
    """The Web UI shows details in a frame of their own."""

    async def aim(page: Page) -> float:
        frame = page.frame_locator("#user-metadata-current-details")
        await frame.get_by_text(text).first.wait_for()
        box = await _box(frame.locator("pre").last)
        return box["y"] + box["height"] + _MARGIN

    return aim


async def _failing_activity(page: Page) -> float:
    """Its last failure, without the places in the source where that came from."""
    card = page.get_by_text("fulfill", exact=True)
    await card.wait_for()
    failure = page.locator(".cm-editor").filter(has_text="Ambiguous")
    await failure.locator(".cm-foldGutter span[title='Fold line']").nth(_CAUSE).click()
    await _to_top(card)
    return (await _box(page.get_by_text("Stack Trace", exact=True).last))["y"]


async def _timeline(page: Page) -> None:
    await page.get_by_text("payment window").first.wait_for()
    await _to_top(page.get_by_role("heading", name="Timeline"))


async def _to_top(of: Locator) -> None:
    await of.evaluate(f"it => {{ it.style.scrollMarginTop = '{_MARGIN}px'; it.scrollIntoView() }}")


async def _box(of: Locator) -> FloatRect:
    """Where it is in the window; raises PlaywrightError where it is nowhere."""
    box = await of.bounding_box()
    if box is None:
        raise PlaywrightError("what has to be in the picture is not in sight")
    return box


PICTURES = (
    Picture("list-of-purchases", 460, _texts("order-1001", "capture_failed")),
    Picture("waits-for-money", 1250, _details("Waits"), WAITING),
    Picture("needs-a-person", 1250, _details("A person is needed"), CALLING),
    Picture("a-step-fails", 1250, _details("A step fails"), FAILING),
    Picture("pending-activity", 480, _failing_activity, FAILING, "pending-activities"),
    Picture("named-timers", 460, _timeline, WAITING, "timeline"),
)

QUERY = urlencode({"query": "WorkflowType = 'Purchase'"})
COLUMNS = (
    "Status",
    "Workflow ID",
    "PurchaseState",
    "WaitingFor",
    "NextDeadline",
    "NeedsAttention",
    "DigitalRiverOrderId",
)
"""Of the list; the search attributes are what operators look for."""
