from decimal import Decimal

import pytest

_MINNESOTA = {
    "line1": "10380 Bren Road W",
    "city": "Minnetonka",
    "postalCode": "55343",
    "state": "MN",
    "country": "US",
}
_PARTY = {"name": "Erika Beispiel", "email": "erika@example.com", "address": _MINNESOTA}
_TOTALS = ("totalAmount", "subtotal", "totalTax", "totalShipping", "totalDiscount")


def _totals(document):
    return tuple(str(document[name]) for name in _TOTALS)


class TestPublishedFigures:
    async def test_a_german_checkout(self, shop):
        """The checkout of "Building checkouts": 3 x 10 and 22.50 shipping make 62.48 in Berlin."""
        items = [{"skuId": "biscuits", "quantity": 3, "price": 10}]
        checkout = await shop.checkout(items=items)
        shipping = {"amount": Decimal("22.5"), "taxAmount": Decimal("4.28")}

        assert _totals(checkout) == ("62.48", "52.5", "9.98", "22.5", "0.0")
        assert {"rate": Decimal("0.19"), "amount": Decimal("5.7")} == checkout["items"][0]["tax"]
        assert shipping == checkout["items"][0]["shipping"]

    async def test_an_american_order(self, shop):
        """The accepted order of "Processing orders": 20 and 5 shipping make 26.89 in Minnesota."""
        changes = {
            "currency": "HKD",
            "items": [{"skuId": "widget", "quantity": 2, "price": 10}],
            "shippingChoice": {"amount": 5, "description": "standard", "serviceLevel": "SG"},
            "shipTo": _PARTY,
            "billTo": _PARTY,
        }
        order = await shop.order(checkout=changes)

        assert _totals(order) == ("26.89", "25.0", "1.89", "5.0", "0.0")
        assert Decimal("1.51") == order["items"][0]["tax"]["amount"]
        assert Decimal("0.38") == order["shippingChoice"]["taxAmount"]
        assert order["sellingEntity"]["id"] == "C5_INC-ENTITY"


class TestCurrencies:
    @pytest.mark.parametrize(
        ("currency", "price", "total", "tax"),
        [("JPY", 333, "1099.0", "100.0"), ("KWD", 1.115, "3.68", "0.335")],
    )
    async def test_digits(self, shop, currency, price, total, tax):
        """Amounts are rounded to the currency's own digits: none for yen, three for dinars."""
        tokyo = {**_PARTY, "address": {**_MINNESOTA, "state": "Tokyo", "country": "JP"}}
        items = [{"skuId": "digital-font", "quantity": 3, "price": price}]
        checkout = await shop.checkout(
            currency=currency, items=items, billTo=tokyo, shipTo=None, shippingChoice=None
        )

        assert (total, tax) == (str(checkout["totalAmount"]), str(checkout["totalTax"]))


class TestDiscounts:
    async def test_an_order_discount_is_spread_before_tax(self, shop):
        """A discount on the order lowers every line's tax and stands in the totals once."""
        checkout = await shop.checkout(discount={"percentOff": 10})
        taxes = [str(item["tax"]["amount"]) for item in checkout["items"]]

        assert taxes == ["5.13", "4.1"]
        assert _totals(checkout) == ("84.61", "71.1", "13.51", "22.5", "5.4")

    async def test_a_line_discount_lowers_its_amount(self, shop):
        """A line's amount is after its own discount."""
        item = {"skuId": "lamp", "quantity": 2, "price": 10, "discount": {"amountOff": 5}}
        checkout = await shop.checkout(items=[item])

        assert Decimal(15) == checkout["items"][0]["amount"]

    async def test_tax_inclusive_prices_lose_their_tax(self, shop):
        """With `taxInclusive` the total is what was asked for, and amounts are net."""
        items = [{"skuId": "lamp", "quantity": 1, "price": 119}]
        checkout = await shop.checkout(
            items=items, taxInclusive=True, shippingChoice={"amount": 11.9}
        )

        assert _totals(checkout) == ("130.9", "110.0", "20.9", "10.0", "0.0")
        assert Decimal(100) == checkout["items"][0]["amount"]


class TestPartialCaptures:
    async def test_shares_add_up_to_the_total(self, shop):
        """A part is captured with its tax and shipping; the last part takes the remainder."""
        items = [{"skuId": "lamp", "quantity": 3, "price": 9.99}]
        order = await shop.order(checkout={"items": items, "shippingChoice": {"amount": 5}})
        for _ in range(2):
            await shop.fulfill(order, (1, 0))
            await shop.advance()
        await shop.fulfill(order, (0, 1))
        await shop.advance()
        after = await shop.reread(order)
        charge = after["payment"]["charges"][0]
        captures = [capture["amount"] for capture in charge["captures"]]

        assert Decimal("41.61") == after["totalAmount"]
        assert [Decimal("13.88"), Decimal("13.88")] == captures
        assert Decimal("13.85") == charge["cancels"][0]["amount"] == after["cancelledAmount"]
        assert after["totalAmount"] == after["capturedAmount"] + after["cancelledAmount"]
        assert after["state"] == "complete"

    async def test_the_last_part_takes_what_is_left(self, shop):
        """Where shares are rounded down the last part is the larger one."""
        items = [{"skuId": "digital-font", "quantity": 3, "aggregatePrice": 10}]
        order = await shop.order(checkout={"items": items})
        for _ in range(3):
            await shop.fulfill(order, (1, 0))
            await shop.advance()
        charge = (await shop.reread(order))["payment"]["charges"][0]
        captures = [str(capture["amount"]) for capture in charge["captures"]]

        assert captures == ["3.96", "3.96", "3.98"]

    async def test_primary_sources_are_cancelled_first(self, shop):
        """Of a mixed payment the primary source is cancelled before the customer credit."""
        checkout = await shop.checkout()
        credit = {"type": "customerCredit", "amount": 50, "customerCredit": {}}
        session = checkout["payment"]["session"]["id"]
        gift = await shop.ok("POST", "/sources", {**credit, "paymentSessionId": session})
        await shop.attach(checkout, gift)
        await shop.attach(checkout, await shop.source(checkout))
        order = await shop.ok("POST", "/orders", {"checkoutId": checkout["id"]})
        await shop.fulfill(order, (0, 0), (0, 1))
        await shop.advance()
        charges = (await shop.reread(order))["payment"]["charges"]
        cancelled = {charge["sourceId"] for charge in charges if "cancels" in charge}

        assert len(charges) == 2
        assert cancelled == {charge["sourceId"] for charge in charges} - {gift["id"]}

    async def test_secondary_sources_are_captured_first(self, shop):
        """Of a mixed payment the customer credit is captured first and cancelled last."""
        checkout = await shop.checkout()
        credit = {"type": "customerCredit", "amount": 20, "customerCredit": {}}
        session = checkout["payment"]["session"]["id"]
        gift = await shop.ok("POST", "/sources", {**credit, "paymentSessionId": session})
        await shop.attach(checkout, gift)
        await shop.attach(checkout, await shop.source(checkout))
        order = await shop.ok("POST", "/orders", {"checkoutId": checkout["id"]})
        await shop.fulfill(order, (1, 0), (0, 1))
        await shop.advance()
        charges = {
            charge["sourceId"]: charge
            for charge in (await shop.reread(order))["payment"]["charges"]
        }
        card = next(charge for source, charge in charges.items() if source != gift["id"])

        assert Decimal(20) == charges[gift["id"]]["captures"][0]["amount"]
        assert "cancels" not in charges[gift["id"]]
        assert Decimal("28.56") == card["cancels"][0]["amount"]
