"""Whoever buys, and with whatever: by keyboard, on a phone, with hostile texts and messages."""

import pytest
from playwright.async_api import expect

from tests.browser.shopper import drop_in, fills_basket, orders, pays, reads, says_who

ACCEPTED = "Thank you: your order is accepted"
TO_BE_PAID = "One thing is left: the payment"


async def test_keyboard_only(page, system):
    """From the goods to the thank-you page nothing but the keyboard is needed."""
    await page.goto(f"{system.api}/")
    await _press_button(page, "Continue")
    await reads(page, "Your details")
    await _press_button(page, "Continue to payment")
    await page.wait_for_url("**/pay")
    await drop_in(page).get_by_role("button").wait_for()
    await _press_button(page, "Use this")
    await reads(page, "Is everything right?")
    await _focus(page, "I accept the terms of sale")
    await page.keyboard.press("Space")
    await _press_button(page, "Order, and pay")

    await reads(page, ACCEPTED)


HOSTILE = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>{{ 7 * 7 }}"


async def test_hostile_texts(page, system):
    """Markup in names and addresses is text wherever it is shown, and runs nowhere."""
    asked: list[str] = []
    page.on("dialog", lambda dialog: asked.append(dialog.message))
    await fills_basket(page, system)
    purchase_id = await says_who(page, name=HOSTILE, line1=HOSTILE, city=HOSTILE)
    await pays(page)
    await orders(page)
    await reads(page, ACCEPTED)
    await page.goto(f"{system.api}/shop/purchases/{purchase_id}")

    assert [] == asked
    assert await page.locator("img").count() == 0


async def test_hostile_texts_shown_again(page, system, watch):
    """A form that is shown again holds what was entered as text, not as markup."""
    watch.forgive("422")
    await fills_basket(page, system)
    await page.locator("#name").fill(HOSTILE)
    await page.locator("#postalCode").fill("nowhere")
    await page.get_by_role("button", name="Continue to payment").click()
    await expect(page.locator("#postalCode")).to_have_attribute("aria-invalid", "true")

    assert await page.locator("#name").input_value() == HOSTILE
    assert await page.locator("img, main script").count() == 0


async def test_strange_messages(page, system):
    """A message from anybody but the drop-in chooses nothing."""
    await fills_basket(page, system)
    await says_who(page)
    await drop_in(page).get_by_role("button").wait_for()
    await page.evaluate(
        """() => new Promise((heard) => {
            window.addEventListener("message", heard, { once: true });
            window.postMessage({ sourceId: "of-a-stranger" }, "*");
        })"""
    )

    assert await page.locator("[name=sourceId]").input_value() == ""


async def test_phone(phone, system):
    """On a phone of 360 pixels no page has to be scrolled sideways."""
    wide = {}

    async def measure(name: str) -> None:
        wide[name] = await phone.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    await phone.goto(f"{system.api}/")
    await measure("goods")
    await fills_basket(phone, system, "jp", {"desk-lamp": 3, "font-download": 2})
    await measure("details")
    await says_who(phone)
    await drop_in(phone).get_by_role("button").wait_for()
    await measure("payment")
    frame = phone.frames[1]
    wide["drop-in"] = await frame.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    await pays(phone, "Konbini")
    await measure("review")
    await orders(phone)
    await reads(phone, TO_BE_PAID)
    await measure("thanks")

    assert dict.fromkeys(wide, 0) == wide


async def _focus(page, name: str) -> None:
    """Press Tab until the element of this name has the focus, in whatever frame."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        for frame in page.frames:
            found = await frame.evaluate(
                "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.trim()"
            )
            if found.startswith(name) and await frame.evaluate("document.hasFocus()"):
                return
    pytest.fail(f"{name} cannot be reached by Tab")


async def _press_button(page, name: str) -> None:
    await _focus(page, name)
    await page.keyboard.press("Enter")
