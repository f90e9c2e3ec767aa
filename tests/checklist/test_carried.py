"""What the merchant says of a purchase arrives at Digital River, line by line."""

from decimal import Decimal

import pytest
from pydantic import ValidationError

from ferryman.purchase.request import PurchaseRequest
from tests.workflows.given import REQUEST

OWN_PRODUCT = {
    "id": "novel.1",
    "skuGroupId": "physical-books",
    "name": "Novel",
    "countryOfOrigin": "DE",
}
BOUGHT = {"lineId": "1", "quantity": 2, "price": 10, "physical": True}


@pytest.mark.parametrize("inclusive", [True, False])
async def test_prices_with_and_without_tax(shop, inclusive):
    """The flag reaches Digital River: it decides whether tax comes on top of the prices."""
    shopper = await shop.begin(taxInclusive=inclusive)
    ours = (await shopper.record()).checkout

    prices = Decimal("29.50")
    assert ours.total_tax > 0
    assert (prices == ours.total_amount) is inclusive


async def test_addresses_and_browser(shop):
    """Origin, destination, shipping choice and the browser's address are handed on as they are."""
    shopper = await shop.begin()
    theirs = (await shopper.ledger())["checkouts"][0]

    assert REQUEST["browserIp"] == theirs["browserIp"]
    assert REQUEST["shipFrom"]["address"] == theirs["shipFrom"]["address"]
    assert REQUEST["shipTo"]["address"] == theirs["shipTo"]["address"]
    assert REQUEST["shippingChoice"]["amount"] == theirs["shippingChoice"]["amount"]


async def test_lines_by_sku(shop):
    """The merchant's product ids are Digital River's SKU ids, with price and quantity."""
    shopper = await shop.begin()
    items = (await shopper.ledger())["checkouts"][0]["items"]

    assert [("boots", 2), ("laces", 3)] == [(item["skuId"], item["quantity"]) for item in items]
    assert [20, 4.5] == [item["amount"] for item in items]


async def test_lines_by_own_product(shop):
    """A product that Digital River has no SKU of is described with its own id and its group."""
    shopper = await shop.begin(items=[{**BOUGHT, "productDetails": OWN_PRODUCT}])
    details = (await shopper.ledger())["checkouts"][0]["items"][0]["productDetails"]

    assert ("novel.1", "physical-books") == (details["id"], details["skuGroupId"])
    assert "novel.1" == (await shopper.record()).items[0].sku_id


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ({**BOUGHT, "skuId": "a", "price": None}, ("items", 0)),
        ({**BOUGHT, "skuId": "a", "aggregatePrice": 5}, ("items", 0)),
        ({**BOUGHT}, ("items", 0)),
        ({**BOUGHT, "skuId": "a", "productDetails": OWN_PRODUCT}, ("items", 0)),
        ({**BOUGHT, "skuId": "a", "quantity": 0}, ("items", 0, "quantity")),
        ({**BOUGHT, "skuId": "a/b"}, ("items", 0, "skuId")),
        (
            {**BOUGHT, "productDetails": {**OWN_PRODUCT, "skuGroupId": None}},
            ("items", 0, "productDetails", "skuGroupId"),
        ),
        (
            {**BOUGHT, "productDetails": {**OWN_PRODUCT, "id": ""}},
            ("items", 0, "productDetails", "id"),
        ),
    ],
)
def test_line_that_lacks_something(line, place):
    """A line that Digital River would refuse is refused at its place before anybody is asked."""
    with pytest.raises(ValidationError) as caught:
        PurchaseRequest.read({**REQUEST, "items": [line]})

    assert place == caught.value.errors()[0]["loc"]


def test_longest_customer_id():
    """A customer's id is the merchant's own, of at most 40 characters."""
    customer = {"id": "c" * 40, "email": "erika@example.com"}
    taken = PurchaseRequest.read({**REQUEST, "customer": customer})
    with pytest.raises(ValidationError) as caught:
        PurchaseRequest.read({**REQUEST, "customer": {**customer, "id": "c" * 41}})

    assert customer["id"] == taken.customer.id
    assert ("customer", "id") == caught.value.errors()[0]["loc"]


async def test_customer_is_created_once(shop):
    """A second purchase of the same shopper finds the customer of the first."""
    customer = {"id": f"c-{shop.task_queue}", "email": "erika@example.com"}
    first = await shop.begin(customer=customer)
    second = await shop.begin(customer=customer)
    calls = [
        call
        for shopper in (first, second)
        for call in (await shopper.ledger())["requests"]
        if call["path"] == "/customers"
    ]

    assert [("POST", 201)] == [(call["method"], call["status"]) for call in calls]


@pytest.mark.parametrize("registered", [True, False])
async def test_physical_and_digital_goods(shop, registered):
    """Guest and registered shopper buy a thing and a download in one purchase."""
    who = {"customer": {"id": f"c-{shop.task_queue}", "email": "erika@example.com"}}
    items = [
        {**BOUGHT, "skuId": "boots"},
        {"lineId": "2", "skuId": "ebook", "quantity": 1, "price": 5, "physical": False},
    ]
    shopper = await shop.begin(items=items, **(who if registered else {}))
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 1, 0))
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0]["state"] == "complete")
    order = (await shopper.ledger())["orders"][0]

    assert registered is ("customerId" in order)
    assert [0, 0] == [line.open for line in (await shopper.record()).items]
