"""The pictures of the shop: what is done for each, and how much of the page is in it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page

from demo.ports import HOST, Ports

from .camera import SCALE, Camera, NotShownError
from .orders import CALLING, WAITING

_WIDE, _PHONE = 880, 312

Walk = Callable[[Page, str], Awaitable[None]]
"""Goes, from the shop's address, to where the picture is taken."""


@dataclass(frozen=True)
class View:
    """A page of the shop, `width` pixels wide and cut off after `height` pixels at most."""

    name: str
    height: int
    walk: Walk
    width: int = _WIDE


async def _goods(page: Page, shop: str) -> None:
    await page.goto(shop)


async def _pay(page: Page, shop: str) -> None:
    await page.goto(shop)
    await page.get_by_role("button", name="Continue").click()
    await page.get_by_role("button", name="Continue to payment").click()
    await page.frame_locator("#drop-in").get_by_label("Wire transfer").check()


async def _thanks(page: Page, shop: str) -> None:
    await _pay(page, shop)
    await page.frame_locator("#drop-in").get_by_role("button", name="Use this").click()
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Order, and pay").click()
    await page.get_by_text("IBAN").wait_for()


def _purchase(purchase_id: str) -> Walk:
    async def walk(page: Page, shop: str) -> None:
        await page.goto(f"{shop}/shop/purchases/{purchase_id}")
        await page.get_by_text("Live:").wait_for()

    return walk


async def _list(page: Page, shop: str) -> None:
    await page.goto(f"{shop}/shop/purchases")


VIEWS = (
    View("shop-goods", 900, _goods),
    View("shop-pay", 900, _pay),
    View("shop-thanks", 900, _thanks),
    View("shop-purchase", 1250, _purchase(WAITING)),
    View("shop-purchases", 876, _list),
    View("shop-phone", 1000, _purchase(CALLING), _PHONE),
)

SHOWN = frozenset({WAITING, CALLING})
"""The purchases that have to be there."""


async def photograph(camera: Camera, ports: Ports, view: View) -> None:
    """Take one picture; raises NotShownError where the shop is otherwise than it has to be."""
    shop = f"http://{HOST}:{ports.api}"
    window, width = view.height / SCALE, view.width / SCALE
    async with camera.page(shop, window, width) as page:
        try:
            await view.walk(page, shop)
        except PlaywrightError as error:
            raise NotShownError(f"the shop does not show {view.name}: {error}") from error
        end = await page.evaluate("document.documentElement.getBoundingClientRect().height")
        await page.evaluate("scrollTo(0, 0)")
        await camera.shoot(page, view.name, min(window, end), width)
