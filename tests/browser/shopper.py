"""What a shopper does in the shop, with a pointer."""

import re
from collections.abc import Mapping

from playwright.async_api import FrameLocator, Page, expect

from tests.running.system import System

_THANKS = re.compile(r"/thanks(\?|$)")
_ID = re.compile(r"/shop/purchases/(shop-[a-z]{16})/")


async def fills_basket(
    page: Page, system: System, market: str = "de", goods: Mapping[str, int] | None = None
) -> None:
    """Choose goods, by SKU, and go on to the details."""
    await page.goto(f"{system.api}/?market={market}")
    for sku, count in (goods or {"desk-lamp": 1}).items():
        await page.locator(f"#{sku}").fill(str(count))
    await page.get_by_role("button", name="Continue").click()
    await expect(page.get_by_role("heading", name="Your details")).to_be_visible()


async def says_who(page: Page, **changes: str) -> str:
    """Fill in the details, as the page proposes them but for `changes`; gives the purchase's id."""
    for name, value in changes.items():
        await page.locator(f"#{name}").fill(value)
    await page.get_by_role("button", name="Continue to payment").click()
    await page.wait_for_url("**/pay")
    return purchase_of(page)


async def pays(page: Page, method: str = "Card", card: str | None = None) -> None:
    """Choose in the drop-in's frame, and come to the last look."""
    frame = drop_in(page)
    await frame.get_by_label(method, exact=True).check()
    if card is not None:
        await frame.get_by_label("Test card").select_option(label=card)
    await frame.get_by_role("button", name="Use this").click()
    await expect(page.get_by_role("heading", name="Is everything right?")).to_be_visible()


async def orders(page: Page) -> None:
    """Accept the terms and press the button."""
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Order, and pay").click()
    await page.wait_for_url(_THANKS)


async def buys(page: Page, system: System, method: str = "Card", card: str | None = None) -> str:
    """Go all the way with one lamp; gives the purchase's id."""
    await fills_basket(page, system)
    purchase_id = await says_who(page)
    await pays(page, method, card)
    await orders(page)
    return purchase_id


def drop_in(page: Page) -> FrameLocator:
    """The frame in which is paid."""
    return page.frame_locator("#drop-in")


def purchase_of(page: Page) -> str:
    """The purchase that a page is about."""
    found = _ID.search(page.url)
    assert found, page.url
    return found[1]


async def reads(page: Page, heading: str) -> None:
    """Wait for a page's heading."""
    await expect(page.get_by_role("heading", level=1)).to_have_text(heading)
