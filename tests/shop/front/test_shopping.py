"""From the goods to the order, over HTTP: one purchase of one basket, whatever is pressed."""

import asyncio
import re
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from shop.goods import GOODS, MARKETS
from shop.words import money

MONEY = {
    ("39.90", "EUR"): "39.90 EUR",
    ("5800", "JPY"): "5,800 JPY",
    ("1234.5", "USD"): "1,234.50 USD",
    ("0", "JPY"): "0 JPY",
}


@pytest.mark.parametrize(("amount", "expected"), MONEY.items(), ids=str)
def test_money(amount, expected):
    """An amount is written with the digits that its currency has."""
    assert expected == money(Decimal(amount[0]), amount[1])


@pytest.mark.parametrize("market", MARKETS, ids=lambda each: each.id)
async def test_prices(visitor, market):
    """The goods are shown in the currency of the market."""
    seen = await visitor.get(f"/?market={market.id}")

    for good in GOODS:
        assert money(good.prices[market.currency], market.currency) in seen.text


async def test_unknown_market(visitor):
    """A market that there is not is the first one."""
    assert "39.90 EUR" in (await visitor.get("/?market=atlantis")).text


@pytest.mark.parametrize("query", ["", "desk-lamp=0", "desk-lamp=-1", "desk-lamp=many", "x=1"])
async def test_empty_basket(visitor, query):
    """Without goods there are no details; the shop says what is missing."""
    sent_on = await visitor.get(f"/shop/details?market=us&{query}")
    seen = await visitor.get(sent_on.location)

    assert "/?market=us&empty=yes" == sent_on.location
    assert "Please choose at least one thing." in seen.text


async def test_basket_has_a_name(visitor):
    """Each way from the goods to the details is a basket of its own, named in the address."""
    baskets = [
        parse_qs(urlsplit((await visitor.get("/shop/details?cable=2")).location).query)["basket"]
        for _ in range(2)
    ]

    assert baskets[0] != baskets[1]


async def test_odd_basket_name(visitor):
    """A basket's name that is none of the shop's is not taken over."""
    sent_on = await visitor.get("/shop/details?cable=2&basket=../../x")

    assert re.search(r"basket=[a-z]{16}$", sent_on.location)


async def test_same_form_twice(visitor):
    """The same form at the same moment opens one purchase, and leads to the same page."""
    await visitor.details()
    both = await asyncio.gather(*(visitor.post("/shop/purchases", visitor.said) for _ in range(2)))

    assert [303, 303] == [each.status for each in both]
    assert both[0].location == both[1].location


async def test_changed_form(visitor):
    """Other details for the same basket change its purchase: shipping and total follow."""
    purchase_id = await visitor.open()
    before = await visitor.get(f"/shop/purchases/{purchase_id}/pay")
    again = await visitor.post("/shop/purchases", {**visitor.said, "delivery": "express"})
    after = await visitor.get(again.location)

    assert again.location == f"/shop/purchases/{purchase_id}/pay"
    assert ("4.90 EUR" in before.text, "12.90 EUR" in after.text) == (True, True)


async def test_changed_back(visitor):
    """What was changed and then changed back is as it was first, not as it was in between."""
    purchase_id = await visitor.open()
    for delivery in ("express", "standard"):
        await visitor.post("/shop/purchases", {**visitor.said, "delivery": delivery})
    seen = await visitor.get(f"/shop/purchases/{purchase_id}/pay")

    assert "4.90 EUR" in seen.text


async def test_bought_basket(visitor):
    """A basket that is bought cannot be ordered, changed or paid again: all leads to its thanks."""
    purchase_id = await visitor.buy()
    thanks = f"/shop/purchases/{purchase_id}/thanks"
    total = {"terms": "yes", "total": "53.31 EUR"}
    seen = [
        await visitor.get(f"/shop/details?desk-lamp=1&basket={purchase_id.removeprefix('shop-')}"),
        await visitor.post("/shop/purchases", visitor.said),
        await visitor.post("/shop/purchases", {**visitor.said, "delivery": "express"}),
        await visitor.get(f"/shop/purchases/{purchase_id}/pay"),
        await visitor.get(f"/shop/purchases/{purchase_id}/review"),
        await visitor.post(f"/shop/purchases/{purchase_id}/source", {"sourceId": "of-anybody"}),
        await visitor.post(f"/shop/purchases/{purchase_id}/submit", total),
    ]

    assert [thanks] * len(seen) == [each.location for each in seen]
    assert await visitor.orders(purchase_id) == 1


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("name", "", "Please fill this in."),
        ("city", "", "Please fill this in."),
        ("line1", "", "Please fill this in."),
        ("email", "nobody", "This is no e-mail address."),
        ("postalCode", "nowhere", "This is no postal code of that country."),
        ("name", "x" * 300, "This cannot be used; it may have up to 256 characters."),
    ],
)
async def test_wrong_field(visitor, field, value, expected):
    """What is wrong with a field is said beside it, and what was entered stays."""
    await visitor.details()
    seen = await visitor.post("/shop/purchases", {**visitor.said, field: value})

    assert (422, expected) == (seen.status, seen.beside(field))
    assert f'value="{value}"' in seen.text


@pytest.mark.parametrize(
    ("state", "expected"),
    [("", "Please fill this in."), ("ZZ", "This is no state of that country.")],
)
async def test_wrong_state(visitor, state, expected):
    """Where a country has states, a wrong or missing one is said beside its field."""
    await visitor.details("market=us&desk-lamp=1")
    seen = await visitor.post("/shop/purchases", {**visitor.said, "state": state})

    assert (422, expected) == (seen.status, seen.beside("state"))


async def test_shown_again(visitor):
    """A form that is shown again is not taken for the list that has the same address."""
    await visitor.details()
    seen = await visitor.post("/shop/purchases", {**visitor.said, "name": ""})

    assert 'aria-current="page"' not in seen.text


async def test_card_number_as_a_name(visitor):
    """Who puts a card number where it does not belong is told, and it goes nowhere."""
    await visitor.details()
    seen = await visitor.post("/shop/purchases", {**visitor.said, "name": "4444 2222 3333 1111"})

    assert seen.status == 422
    assert "card number" in seen.beside("name")


async def test_wrong_customer(visitor):
    """A customer number that cannot be one is said beside its field."""
    await visitor.details()
    form = {**visitor.said, "buyer": "registered", "customer": "erika & co"}
    seen = await visitor.post("/shop/purchases", form)

    assert "40 letters" in seen.beside("customer")


async def test_mended(visitor):
    """A purchase that Digital River refused is mended under its own id, not opened anew."""
    await visitor.details()
    refused = await visitor.post("/shop/purchases", {**visitor.said, "postalCode": "nowhere"})
    taken = await visitor.post("/shop/purchases", visitor.said)

    assert (422, 303) == (refused.status, taken.status)
    assert taken.location == f"/shop/purchases/shop-{visitor.said['basket']}/pay"


async def test_not_paid_yet(visitor):
    """The last look comes after the payment was chosen; before that, the choice is shown."""
    purchase_id = await visitor.open()
    seen = await visitor.get(f"/shop/purchases/{purchase_id}/review")

    assert seen.heading == "How would you like to pay?"


@pytest.mark.parametrize("source", ["", "of-nobody", "x" * 500])
async def test_unknown_source(visitor, source):
    """A source that Digital River does not know is refused on the page on which it is chosen."""
    purchase_id = await visitor.open()
    seen = await visitor.post(f"/shop/purchases/{purchase_id}/source", {"sourceId": source})

    assert (422, "How would you like to pay?") == (seen.status, seen.heading)
    assert 'role="alert"' in seen.text


async def test_last_look(visitor):
    """The last look shows lines, tax, total, and who sells, as the checkout has them."""
    purchase_id = await visitor.open("market=us&desk-lamp=2&font-download=1")
    await visitor.choose(purchase_id)
    seen = await visitor.get(f"/shop/purchases/{purchase_id}/review")
    purchase = await visitor.records.get(purchase_id)
    checkout = purchase.checkout

    assert money(checkout.total_amount, "USD") in seen.text
    assert money(checkout.total_tax, "USD") in seen.text
    assert f"I accept the terms of sale of <strong>{checkout.selling_entity.name}" in seen.text


async def test_terms_are_needed(visitor):
    """Without the terms nothing is ordered."""
    purchase_id = await visitor.open()
    await visitor.choose(purchase_id)
    seen = await visitor.submit(purchase_id, terms="no")

    assert (422, True) == (seen.status, "Please accept the terms" in seen.beside("terms"))
    assert await visitor.orders(purchase_id) == 0


async def test_another_total(visitor):
    """Nothing is ordered at a total that the shopper has not seen."""
    purchase_id = await visitor.open()
    await visitor.choose(purchase_id)
    look = await visitor.get(f"/shop/purchases/{purchase_id}/review")
    await visitor.post("/shop/purchases", {**visitor.said, "delivery": "express"})
    form = {"terms": "yes", "total": look.hidden("total")}
    seen = await visitor.post(f"/shop/purchases/{purchase_id}/submit", form)

    assert (422, True) == (seen.status, "The total has changed" in seen.text)
    assert await visitor.orders(purchase_id) == 0


async def test_pressed_at_once(visitor):
    """Three presses at the same moment make one order."""
    purchase_id = await visitor.open()
    await visitor.choose(purchase_id)
    await asyncio.gather(*(visitor.submit(purchase_id) for _ in range(3)))

    assert await visitor.orders(purchase_id) == 1


async def test_declined(visitor):
    """A decline is told in words that are safe to show, with a way to try again."""
    purchase_id = await visitor.buy(card="do_not_honor")
    seen = await visitor.get(f"/shop/purchases/{purchase_id}/thanks")
    kept = await visitor.records.get(purchase_id)

    assert seen.heading == "The payment did not go through"
    assert kept.customer_message in seen.text
    assert f"/shop/purchases/{purchase_id}/pay" in seen.text
    assert "do_not_honor" not in seen.text
