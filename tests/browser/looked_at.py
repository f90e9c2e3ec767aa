"""A purchase's page as a browser has it, and the purchases that are looked at."""

from playwright.async_api import expect

from demo import shopper
from demo.catalogue import CABLE, JAPAN, LAMP
from demo.sources import REVIEWED, card, push


async def waits_for_money(scene):
    """A purchase that a konbini will be paid for."""
    await shopper.fills_basket(scene, {LAMP: 1}, JAPAN)
    await shopper.pays_with(scene, push("konbini"))
    await shopper.submits(scene, "pending_payment")


async def is_reviewed(scene):
    """A purchase in fraud review."""
    await shopper.fills_basket(scene, {LAMP: 1})
    await shopper.pays_with(scene, card(last_name=REVIEWED))
    await shopper.submits(scene, "in_review")


async def is_accepted(scene, number=None):
    """A purchase that may be shipped."""
    await shopper.fills_basket(scene, {LAMP: 2, CABLE: 1})
    await shopper.pays_with(scene, card(number) if number else card())
    await shopper.submits(scene, "accepted")


async def opens(page, system, scene):
    """Open the purchase's page, and wait until it follows."""
    await page.goto(f"{system.api}/shop/purchases/{scene.id}")
    await follows(page)


async def follows(page):
    """Wait until the page is connected; from here on a reload would be noticed."""
    await expect(page.locator("#connection")).to_contain_text("Live")
    await page.evaluate("window.neverReloaded = true")


async def stands(page, state, milliseconds=None):
    """Wait for the state, in words and in the picture, without a reload."""
    told = page.locator("#standing-heading")
    await expect(told).to_have_text(f"Now: {state}", timeout=milliseconds)
    await expect(page.locator(".diagram .now text")).to_have_text(state)
    assert await page.evaluate("window.neverReloaded")


async def entries(page):
    """The numbers of the timeline's entries, from top to bottom."""
    ids = await page.locator("#timeline > li").evaluate_all("all => all.map(each => each.id)")
    return [int(each.removeprefix("entry-")) for each in ids]


async def told_by_api(scene):
    """The same, as the API has them."""
    return [each["sequence"] for each in await scene.timeline()]


async def is_seen(page, how):
    """Let the page believe that it is in sight, or not."""
    await page.evaluate(
        """how => {
          Object.defineProperty(document, "visibilityState", {value: how, configurable: true});
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        how,
    )
