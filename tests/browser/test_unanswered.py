"""The page behind the order button in a real browser, while nobody knows yet what comes of it."""

from playwright.async_api import expect

from tests.browser.looked_at import is_seen
from tests.browser.shopper import buys, fills_basket, orders, pays, reads, says_who

ACCEPTED = "Thank you: your order is accepted"
UNKNOWN = "We do not know yet"
AGAIN = 20_000
"""Milliseconds in which Temporal gives the work to the worker that is back."""


async def test_refused_order(page, system):
    """An order that Digital River refuses leads back to the last look, with the reason."""
    await fills_basket(page, system)
    purchase_id = await says_who(page)
    await pays(page)
    await system.stack.kill_worker()
    try:
        await orders(page)
        await reads(page, UNKNOWN)
        fault = {"method": "POST", "path": "/orders", "upstreamId": purchase_id}
        await system.control("POST", "faults", {**fault, "kind": "status", "status": 400})
    finally:
        await system.stack.start_worker()

    await page.wait_for_url("**/review?refused=yes", timeout=AGAIN)
    await expect(page.get_by_role("alert")).to_contain_text("was not taken")
    assert (await system.ledger(purchase_id))["orders"] == []


async def test_pressed_again(page, system):
    """Who orders again while nobody answers orders once."""
    await fills_basket(page, system)
    purchase_id = await says_who(page)
    await pays(page)
    await system.stack.kill_worker()
    try:
        await orders(page)
        await reads(page, UNKNOWN)
        await page.get_by_role("link", name="press the button again").click()
        await orders(page)
        await reads(page, UNKNOWN)
    finally:
        await system.stack.start_worker()

    await expect(page.get_by_role("heading", name=ACCEPTED)).to_be_visible(timeout=AGAIN)
    assert len((await system.ledger(purchase_id))["orders"]) == 1


async def test_hidden_page_holds_no_connection(page, system):
    """A page that nobody sees listens to nothing, and catches up as soon as somebody looks."""
    async with page.expect_request("**/events?after=*"):
        purchase_id = await buys(page, system, card="Goes into review")
    async with page.expect_event("requestfailed", lambda each: "/events" in each.url):
        await is_seen(page, "hidden")
    await system.control("POST", f"orders/upstream:{purchase_id}/review", {"decision": "block"})
    other = await page.context.new_page()
    await other.goto(f"{system.api}/shop/purchases/{purchase_id}/thanks")
    await reads(other, "Your order could not be accepted")
    meanwhile = await page.get_by_role("heading", level=1).inner_text()
    await is_seen(page, "visible")

    await reads(page, "Your order could not be accepted")
    assert meanwhile == "Thank you: we are checking your order"


async def test_focus_stays(page, system):
    """Somebody who is at a link while the page changes is not thrown to its beginning."""
    purchase_id = await buys(page, system, "iDEAL")
    await page.locator("#onward").focus()
    await system.control("POST", f"orders/upstream:{purchase_id}/pay", {})

    await reads(page, ACCEPTED)
    await expect(page.get_by_role("heading", level=1)).to_be_focused()


async def test_button_after_back(page, system):
    """Going back shows the button as it was before it was pressed, in its own words."""
    await fills_basket(page, system)
    await says_who(page)
    await pays(page)
    await page.locator("form[data-once]").evaluate(
        "form => form.addEventListener('submit', (event) => event.preventDefault())"
    )
    await page.get_by_role("checkbox").check()
    button = page.locator("form[data-once] button")
    own = await button.inner_text()
    await button.click()
    await expect(button).to_have_text("One moment…")
    # As a browser does that brings a page back from its memory, which this one does not.
    await page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow'))")

    await expect(button).to_have_text(own)
    await expect(button).to_be_enabled()
