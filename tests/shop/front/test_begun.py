"""Who comes back to the details of an order that is begun already changes what was begun."""

from shop.goods import MARKETS


async def test_begun_basket(visitor):
    """A known basket shows the goods that it holds, whatever the address says, and no address."""
    purchase_id = await visitor.open("market=de&desk-lamp=1", line1="Andere Straße 2")
    basket = purchase_id.removeprefix("shop-")
    seen = await visitor.get(f"/shop/details?market=jp&notebook=7&basket={basket}")

    assert ("Desk lamp" in seen.text, "Notebook" in seen.text) == (True, False)
    assert ("Germany" in seen.text, "Japan" in seen.text) == (True, False)
    for field in ("name", "email", "line1", "postalCode", "city"):
        assert f'id="{field}" name="{field}" type' in seen.text
        assert f'value="{MARKETS[0].example[field]}"' not in seen.text
    assert "please enter it once more" in seen.text
    assert "checked" not in seen.text


async def test_begun_basket_elsewhere(visitor):
    """What a form says of goods and market changes neither of a purchase that is there."""
    purchase_id = await visitor.open("market=de&desk-lamp=1")
    form = {**visitor.said, "market": "us", "desk-lamp": "0", "font-download": "1"}
    sent_on = await visitor.post("/shop/purchases", {**form, "delivery": "express"})
    seen = await visitor.get(f"/shop/purchases/{purchase_id}/pay")

    assert (303, True) == (sent_on.status, "12.90 EUR" in seen.text)
