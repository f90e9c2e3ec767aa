"""Buying in a real browser, at the real system; its console has to stay silent."""

from playwright.async_api import expect

from shop.goods import MARKETS
from tests.browser.shopper import (
    buys,
    drop_in,
    fills_basket,
    orders,
    pays,
    purchase_of,
    reads,
    says_who,
)

ACCEPTED = "Thank you: your order is accepted"
DECLINED = "The payment did not go through"
AGAIN = 20_000
"""Milliseconds in which Temporal gives the work to the worker that is back."""
TO_BE_PAID = "One thing is left: the payment"


async def test_card(page, system):
    """A card pays at once, and the thank-you page names the order that was made."""
    purchase_id = await buys(page, system)

    await reads(page, ACCEPTED)
    await expect(page.get_by_text(purchase_id)).to_be_visible()
    assert len((await system.ledger(purchase_id))["orders"]) == 1


async def test_declined_then_paid(page, system):
    """A declined card is said in words without codes, and another card pays the same purchase."""
    purchase_id = await buys(page, system, card="Declined: insufficient funds")
    await reads(page, DECLINED)
    shown = await page.inner_text("main")
    await page.get_by_role("link", name="Try again").click()
    await pays(page)
    await orders(page)

    await reads(page, ACCEPTED)
    assert "insufficient_funds" not in shown
    assert purchase_of(page) == purchase_id


async def test_redirect_and_back(page, system):
    """A redirect leads to the provider's site, and back to a page that knows of the payment."""
    await buys(page, system, "iDEAL")
    await reads(page, TO_BE_PAID)
    await page.get_by_role("link", name="Go on to the payment").click()
    await page.get_by_role("button", name="Approve").click()
    await page.wait_for_url("**/thanks")

    await reads(page, ACCEPTED)


async def test_redirect_cancelled(page, system):
    """Who cancels at the provider's site comes back to another try, and nothing is ordered."""
    purchase_id = await buys(page, system, "Klarna")
    await page.get_by_role("link", name="Go on to the payment").click()
    await page.get_by_role("button", name="Cancel").click()
    await page.wait_for_url("**/thanks")
    await reads(page, DECLINED)
    await page.get_by_role("link", name="Try again").click()
    await pays(page)
    await orders(page)

    await reads(page, ACCEPTED)
    assert (await system.purchase(purchase_id))["state"] == "accepted"


async def test_konbini_paid(page, system):
    """A konbini payment shows where to pay by when, and the page hears of the money by itself."""
    await fills_basket(page, system, "jp")
    purchase_id = await says_who(page)
    await pays(page, "Konbini")
    await orders(page)
    await reads(page, TO_BE_PAID)
    await expect(page.get_by_text("Seven Eleven", exact=True)).to_be_visible()
    await expect(page.locator("time")).to_be_visible()
    await system.control("POST", f"orders/upstream:{purchase_id}/pay", {})

    await reads(page, ACCEPTED)


async def test_wire_transfer(page, system):
    """A wire transfer shows the account, the reference and the amount."""
    await buys(page, system, "Wire transfer")

    await reads(page, TO_BE_PAID)
    shown = await page.inner_text("dl >> nth=0")
    assert all(each in shown for each in ("IBAN", "NL91ABNA0417164300", "Reference", "EUR"))


async def test_in_review(page, system):
    """An order in review is thanked for, and said to be in review."""
    purchase_id = await buys(page, system, card="Goes into review")
    await reads(page, "Thank you: we are checking your order")
    await system.control("POST", f"orders/upstream:{purchase_id}/review", {"decision": "block"})

    await reads(page, "Your order could not be accepted")


async def test_saved_card(page, system):
    """A registered customer saves a card with one purchase, and finds it at the next."""
    for name in ("Card", "Visa ending in 1111"):
        await fills_basket(page, system)
        await page.get_by_label("A registered customer").check()
        await says_who(page, customer="erika-who-saves")
        if name == "Card":
            await drop_in(page).get_by_label("Save this").check()
        await pays(page, name)
        await orders(page)

        await reads(page, ACCEPTED)


async def test_worker_away(page, system):
    """While nobody works, the pages say what is not known yet, and go on by themselves after."""
    await fills_basket(page, system)
    purchase_id = await says_who(page)
    await pays(page)
    await system.stack.kill_worker()
    try:
        await orders(page)
        await reads(page, "We do not know yet")
        other = await page.context.new_page()
        await fills_basket(other, system)
        await says_who(other)
        await reads(other, "One moment")
    finally:
        await system.stack.start_worker()

    await expect(page.get_by_role("heading", name=ACCEPTED)).to_be_visible(timeout=AGAIN)
    await reads(other, "How would you like to pay?")
    assert len((await system.ledger(purchase_id))["orders"]) == 1


async def test_digital_goods(page, system):
    """Downloads ask for no shipping, and the thank-you page promises none."""
    await fills_basket(page, system, "us", {"desk-lamp": 0, "font-download": 2})
    await expect(page.get_by_text("Express")).to_have_count(0)
    await says_who(page)
    await pays(page)
    await orders(page)

    await reads(page, ACCEPTED)
    await expect(page.get_by_text("Your downloads are being made ready.")).to_be_visible()


async def test_double_press(page, system):
    """Pressing twice, in two windows at once, makes one order."""
    await fills_basket(page, system)
    purchase_id = await says_who(page)
    await pays(page)
    other = await page.context.new_page()
    await other.goto(page.url)
    for each in (page, other):
        await each.get_by_role("checkbox").check()
    for each in (page, other):
        await each.get_by_role("button", name="Order, and pay").click(no_wait_after=True)
    for each in (page, other):
        await reads(each, ACCEPTED)

    assert len((await system.ledger(purchase_id))["orders"]) == 1


async def test_back_to_details(page, system):
    """Going back to the details and on again changes the same purchase instead of doubling it."""
    await fills_basket(page, system)
    first = await says_who(page)
    await page.go_back()
    await page.reload()
    await expect(page.locator("#line1")).to_have_value("")
    await page.get_by_label("Express").check()
    second = await says_who(page, **MARKETS[0].example | {"line1": "Andere Straße 2"})

    assert first == second


async def test_back_after_ordering(page, system):
    """Going back from the thank-you page leads to it again: what is ordered is ordered once."""
    purchase_id = await buys(page, system)
    for _ in ("review", "payment"):
        await page.go_back()
        await reads(page, ACCEPTED)

    assert len((await system.ledger(purchase_id))["orders"]) == 1


async def test_terms(page, system, watch):
    """Without the terms there is no order, and the reason stands beside the box."""
    watch.forgive("422")
    await fills_basket(page, system)
    purchase_id = await says_who(page)
    await pays(page)
    await page.locator("form[data-once]").evaluate("form => { form.noValidate = true; }")
    await page.get_by_role("button", name="Order, and pay").click()

    described = await page.get_by_role("checkbox").get_attribute("aria-describedby")
    await expect(page.locator(f"#{described}")).to_contain_text("Please accept the terms")
    assert (await system.ledger(purchase_id))["orders"] == []


async def test_wrong_details(page, system, watch):
    """What Digital River refuses is said beside the field, and can be put right on the spot."""
    watch.forgive("422")
    await fills_basket(page, system)
    await page.locator("#postalCode").fill("nowhere")
    await page.get_by_role("button", name="Continue to payment").click()
    field = page.locator("#postalCode")
    await expect(field).to_have_attribute("aria-invalid", "true")
    described = await field.get_attribute("aria-describedby")
    await expect(page.locator(f"#{described}")).to_have_text(
        "This is no postal code of that country."
    )
    await says_who(page, postalCode="50667")
    await pays(page)
    await orders(page)

    await reads(page, ACCEPTED)


async def test_unusable_card(page, system, watch):
    """A card of which no source can be made is refused in the frame, and another one taken."""
    watch.forgive("422")
    await fills_basket(page, system)
    await says_who(page)
    frame = drop_in(page)
    await frame.get_by_label("Test card").select_option(label="Cannot be used at all (…3295)")
    await frame.get_by_role("button", name="Use this").click()
    await expect(frame.get_by_role("alert")).to_be_visible()
    await pays(page)
    await orders(page)

    await reads(page, ACCEPTED)
