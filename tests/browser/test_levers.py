"""The levers in a real browser: by keyboard, too late, and while the page changes under them."""

import pytest
from playwright.async_api import expect

from demo import merchant, provider
from demo.catalogue import CABLE
from shop.telling import TOLD
from tests.browser.looked_at import (
    follows,
    is_accepted,
    is_reviewed,
    opens,
    stands,
    waits_for_money,
)

FOUND_AGAIN = 30_000
"""Milliseconds for a purchase to find out by itself."""


async def test_levers_by_keyboard(page, system, scene):
    """The levers are reached by tabulator, pulled by Enter, and their outcome is where one is."""
    await is_reviewed(scene)
    await opens(page, system, scene)
    await tabs_to(page, "pull-approve")
    await page.keyboard.press("Enter")
    await expect(page.locator("#told")).to_be_focused()
    first = await page.locator("#told").inner_text()
    await follows(page)
    await stands(page, "accepted")
    await tabs_to(page, "ship-1")
    await page.keyboard.press("ControlOrMeta+A")
    await page.keyboard.type("1")
    await tabs_to(page, "pull-ship")
    await page.keyboard.press("Enter")
    await follows(page)

    assert TOLD["asked"] == first.strip()
    await stands(page, "complete")


async def tabs_to(page, wanted):
    """Press the tabulator until the element has the focus."""
    for _ in range(40):
        if await page.evaluate("document.activeElement.id") == wanted:
            return
        await page.keyboard.press("Tab")
    pytest.fail(f"the tabulator does not come to {wanted}")


async def test_review_blocked(page, system, scene):
    """A review that ends badly ends the purchase before one's eyes, and takes the levers away."""
    await is_reviewed(scene)
    await opens(page, system, scene)
    await page.get_by_role("button", name="Block it").click()
    await follows(page)
    await stands(page, "blocked")

    await expect(page.locator("#levers")).to_contain_text("Nothing can be done to it now.")
    await expect(page.locator("#diagram-words")).to_have_text("Now blocked, which is final.")


async def test_lost_webhooks(page, system, scene):
    """Without webhooks the page says so, and the purchase gets there by reading its order."""
    await waits_for_money(scene)
    await opens(page, system, scene)
    await page.get_by_role("button", name="Lose its webhooks").click()
    await expect(page.locator("#levers")).to_contain_text(
        "webhooks about this purchase are being lost"
    )
    await page.get_by_role("button", name="Pay it").click()
    await expect(page.locator("#told")).to_have_text(TOLD["unheard"])
    await follows(page)
    await stands(page, "accepted", FOUND_AGAIN)

    assert "order.accepted" not in await page.inner_text("#timeline")


async def test_what_is_typed_stays(page, system, scene):
    """Somebody who types while the page changes keeps the focus and what was typed."""
    await is_accepted(scene)
    await opens(page, system, scene)
    field = page.locator("#ship-1")
    await field.fill("1")
    await merchant.ships(scene, "parcel-9", {CABLE: 1})
    await expect(page.locator("#money")).to_contain_text(f"{scene.id}-parcel-9")
    await expect(page.locator("#ship-2")).to_have_count(0)

    await expect(field).to_be_focused()
    await expect(field).to_have_value("1")


async def test_lever_that_comes_too_late(page, system, scene, watch):
    """Why not is said beside the levers, and a reload shows the purchase and asks nothing again."""
    watch.forgive("409", f"{scene.id}/levers/pay")
    await waits_for_money(scene)
    await page.goto(f"{system.api}/shop/purchases/{scene.id}")
    await page.route("**/events?*", lambda route: route.abort())
    await page.reload()
    watch.forgive("net::ERR_FAILED", f"{scene.id}/events")
    await provider.gets_the_money(scene)
    await scene.reaches("accepted")
    await page.get_by_role("button", name="Pay it").click()
    await expect(page.get_by_role("alert")).to_contain_text("is accepted")
    await page.wait_for_url(f"**/shop/purchases/{scene.id}")
    await page.reload()

    await expect(page.get_by_role("alert")).to_have_count(0)
    await expect(page.locator("#standing-heading")).to_have_text("Now: accepted")


async def test_form_keeps_its_id(page, system, scene, watch):
    """What is fetched anew brings new ids; a form that is there keeps its own, and so itself."""
    for path in ("/events", "/fragment"):
        watch.forgive("net::ERR_", f"{scene.id}{path}")
    await is_accepted(scene)
    await opens(page, system, scene)
    parcel = page.locator("[name=parcel]")
    before = await parcel.input_value()
    await page.evaluate("document.getElementById('levers').neverReplaced = true")
    await system.stack.kill("api")
    await system.stack.start("api")
    await expect(page.locator("#connection")).to_contain_text("Connected again.")
    untouched = await page.evaluate("document.getElementById('levers').neverReplaced")
    await merchant.ships(scene, "parcel-9", {CABLE: 1})
    await expect(page.locator("#ship-2")).to_have_count(0)

    assert untouched
    assert before == await parcel.input_value()
