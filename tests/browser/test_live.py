"""The purchase page in a real browser: it follows by itself, whatever dies meanwhile."""

import re

from playwright.async_api import expect

from demo import merchant, provider
from demo.catalogue import LAMP
from demo.sources import UNCAPTURABLE_CARD
from shop.telling import TOLD
from tests.browser.looked_at import (
    entries,
    follows,
    is_accepted,
    is_seen,
    opens,
    stands,
    told_by_api,
    waits_for_money,
)

FOUND_AGAIN = 30_000
"""Milliseconds for a process to come up and be noticed."""


async def test_worker_killed_and_back(page, system, scene):
    """Without a worker the page shows what it knows and an act as taken, and later it goes on."""
    await is_accepted(scene)
    await opens(page, system, scene)
    await system.stack.kill_worker()
    try:
        await page.get_by_role("button", name="Ship a parcel").click()
        await expect(page.locator("#told")).to_have_text(TOLD["waits"])
        await follows(page)
        meanwhile = await page.locator("#standing-heading").inner_text()
        known = await entries(page)
    finally:
        await system.stack.start_worker()
    await stands(page, "complete", FOUND_AGAIN)

    assert "Now: accepted" == meanwhile
    assert known == (await entries(page))[: len(known)]
    await expect(page.locator("#timeline")).to_contain_text("shipment reported")
    await expect(page.locator("#told")).to_have_text("")
    await expect(page.locator("#ledger tbody tr").first).to_contain_text("desk-lamp 2 2 0 0")


async def test_money_comes_while_the_worker_is_dead(page, system, scene):
    """What Digital River tells meanwhile is on the page as soon as a worker is back."""
    await waits_for_money(scene)
    await opens(page, system, scene)
    await system.stack.kill_worker()
    try:
        await page.get_by_role("button", name="Pay it").click()
        await expect(page.locator("#told")).to_have_text(TOLD["asked"])
        await follows(page)
    finally:
        await system.stack.start_worker()

    await stands(page, "accepted", FOUND_AGAIN)


async def test_connection_lost_and_found(page, system, scene, watch):
    """The page says that it is cut off, comes back by itself, and has every entry once.

    What the browser says of the connection itself is forgiven, while its other end is dead.
    """
    await waits_for_money(scene)
    await opens(page, system, scene)
    before = await entries(page)
    for path in ("/events", "/fragment"):
        watch.forgive("net::ERR_", f"{scene.id}{path}")
    await system.stack.kill("api")
    try:
        await expect(page.locator("#connection")).to_have_text("Connection lost, trying again.")
        await provider.gets_the_money(scene)
    finally:
        await system.stack.start("api")
    await stands(page, "accepted", FOUND_AGAIN)
    await expect(page.locator("#connection")).to_contain_text("Connected again.")
    await expect(page.locator("#timeline > li")).to_have_count(len(await told_by_api(scene)))
    after = await entries(page)

    assert before == after[: len(before)]
    assert after == await told_by_api(scene) == list(range(1, len(after) + 1))


async def test_stream_that_is_refused(page, system, scene, watch):
    """A browser gives up where the answer is no stream; the page tries again until it is one."""
    refused = []

    async def refuse_twice(route):
        if len(refused) < 2:
            refused.append(route.request.url)
            await route.fulfill(status=503, body="away")
        else:
            await route.fallback()

    watch.forgive("503", f"{scene.id}/events")
    await page.route("**/events?*", refuse_twice)
    await waits_for_money(scene)
    await page.goto(f"{system.api}/shop/purchases/{scene.id}")

    await expect(page.locator("#connection")).to_contain_text("Connected again.")
    assert 2 == len(refused)


async def test_list(page, system, scene):
    """The newest is first, and the filters show what they say."""
    await waits_for_money(scene)
    other = scene.another("b")
    await is_accepted(other, UNCAPTURABLE_CARD)
    await merchant.ships(other, "parcel-1", {LAMP: 1})
    await other.calls_a_person("capture_failed")
    await page.goto(system.api)
    await page.get_by_role("link", name="All purchases").click()
    newest = await page.locator(".purchases h2").all_inner_texts()
    await page.get_by_label("State").select_option("pending_payment")
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_label("State")).to_have_value("pending_payment")
    waiting = await page.locator(".purchases h2").all_inner_texts()
    await page.get_by_label("State").select_option("")
    await page.get_by_label("needs attention").check()
    await page.get_by_role("button", name="Show").click()
    await expect(page.get_by_label("needs attention")).to_be_checked()
    calling = await page.locator(".purchases h2").all_inner_texts()
    await page.get_by_role("link", name=other.id).click()

    assert [other.id, scene.id] == newest[:2]
    assert scene.id == waiting[0]
    assert other.id not in waiting
    assert other.id == calling[0]
    assert scene.id not in calling
    await expect(page.locator("#standing")).to_contain_text("Needs attention: capture failed")


async def test_phone(phone, system, scene):
    """On a phone nothing goes out of sight sideways, and the levers are within reach."""
    await waits_for_money(scene)
    await opens(phone, system, scene)
    widths = [await width(phone)]
    await phone.get_by_role("button", name="Pay it").tap()
    await follows(phone)
    await stands(phone, "accepted")
    widths.append(await width(phone))
    await phone.goto(f"{system.api}/shop/purchases")
    widths.append(await width(phone))

    assert [360] * 3 == widths


async def width(page):
    """How wide the page's content is."""
    return await page.evaluate("document.documentElement.scrollWidth")


async def test_link_into_temporal(page, system, scene):
    """The link leads to this purchase's workflow in the Web UI of this very system."""
    await waits_for_money(scene)
    await page.goto(f"{system.api}/shop/purchases/{scene.id}")
    link = await page.get_by_role("link", name=re.compile("Temporal")).get_attribute("href")

    workflow = f"/namespaces/default/workflows/purchase%2F{scene.id}"
    assert f"http://127.0.0.1:{system.ports.ui}{workflow}" == link


async def test_hidden_page_holds_no_connection(page, system, scene):
    """A page that nobody sees listens to nothing, and catches up as soon as somebody looks."""
    await waits_for_money(scene)
    await opens(page, system, scene)
    async with page.expect_event("requestfailed", lambda each: "/events" in each.url):
        await is_seen(page, "hidden")
    await provider.gets_the_money(scene)
    await scene.reaches("accepted")
    meanwhile = await page.locator("#standing-heading").inner_text()
    await is_seen(page, "visible")

    await stands(page, "accepted")
    assert "Now: pending payment" == meanwhile
