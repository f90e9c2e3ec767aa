import random
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ferryman.sandbox.money import exponent, spread
from ferryman.sandbox.pricing import price

_KINDS = ("creditCard", "wireTransfer", "konbini", "klarnaCredit", "directDebit", "googlePay")
_NAMES = ("Beispiel", "Review", "CaptureFail", "CancelFail", "RefundFail", "ChargeRemainPending")
_ACTS = (
    ("pay", {}),
    ("pay", {"then": "review"}),
    ("abandon", {}),
    ("expire", {}),
    ("review", {"decision": "pass"}),
    ("review", {"decision": "block"}),
    ("charge-fails", {}),
    ("dispute", {}),
    ("resolve", {}),
)


class _Walker:
    """Does one thing after another to orders, sensible or not."""

    def __init__(self, shop, seed):
        self._shop = shop
        self._random = random.Random(seed)  # noqa: S311 - a walk that can be repeated
        self._orders = []

    def go_to(self, shop):
        """Go on in another process."""
        self._shop = shop

    async def walk(self, steps):
        moves = (self._create, self._ship, self._ship, self._act, self._refund, self._wait)
        await self._create()
        for _ in range(steps):
            await self._random.choice(moves)()

    async def _create(self):
        kind, name = self._random.choice(_KINDS), self._random.choice(_NAMES)
        items = [
            {
                "skuId": self._random.choice(("lamp", "digital-font")),
                "quantity": self._random.randint(1, 7),
                "price": self._random.randint(0, 99999) / 100,
            }
            for _ in range(self._random.randint(1, 3))
        ]
        changes = {"items": items, "currency": self._random.choice(("EUR", "JPY", "KWD"))}
        upstream_id = f"p-{len(self._orders)}"
        checkout = await self._shop.ready(upstream_id, kind, last_name=name, checkout=changes)
        await self._post("/orders", {"checkoutId": checkout["id"]})
        found = await self._shop.ok("GET", f"/orders?upstreamIds={upstream_id}")
        self._orders += found["data"]

    async def _ship(self):
        order = self._random.choice(self._orders)
        quantities = [
            (self._random.randint(0, 3), self._random.randint(0, 2)) for _ in order["items"]
        ]
        await self._post("/fulfillments", self._shop.parcel(order, *quantities))

    async def _act(self):
        order = self._random.choice(self._orders)
        name, body = self._random.choice(_ACTS)
        await self._post(f"/_sandbox/orders/{order['id']}/{name}", body)

    async def _refund(self):
        order = self._random.choice(self._orders)
        asked = {"orderId": order["id"], "currency": order["currency"]}
        await self._post("/refunds", {**asked, "percent": self._random.choice((10, 50, 100))})

    async def _wait(self):
        by = self._random.choice(("PT0.4S", "PT1S", "PT1M", "P1D", "P8D"))
        await self._shop.advance(by)

    async def _post(self, path, body):
        status, document, _ = await self._shop.call("POST", path, body)
        assert status < 500, (path, document)


def _check(order, parcels):
    taken = order["capturedAmount"] + order["cancelledAmount"]
    assert 0 <= taken <= order["totalAmount"]
    assert 0 <= order["availableToRefundAmount"] <= order["capturedAmount"]
    if order["state"] in ("complete", "returned"):
        assert taken == order["totalAmount"]
    for item in order["items"]:
        mine = [one for one in parcels if one["itemId"] == item["id"]]
        assert sum(one["quantity"] + one["cancelQuantity"] for one in mine) <= item["quantity"]
        assert item["availableToRefundAmount"] >= 0
    assert order["state"] in order["stateTransitions"]


@pytest.mark.parametrize("seed", range(12))
async def test_books_stay_right(shop, seed):
    """Whatever is done in whatever order, no schema is breached and no cent lost or made."""
    await _Walker(shop, seed).walk(40)
    await shop.advance("P40D")
    ledger = await shop.ledger()
    parcels = [item for one in ledger["fulfillments"] for item in one["items"]]

    assert ledger["violations"] == []
    assert ledger["orders"]
    for order in ledger["orders"]:
        _check(order, parcels)


@pytest.mark.parametrize("seed", range(6))
async def test_restarts_change_no_book(start, tmp_path, seed):
    """The same holds where the sandbox is restarted over and over on the way."""
    settings = {"state": str(tmp_path / "state"), "capture_retry": "P1D", "review_delay": "PT1M"}
    shop = await start(**settings)
    walker = _Walker(shop, seed)
    for _ in range(8):
        await walker.walk(5)
        await shop.stop()
        shop = await start(**settings)
        walker.go_to(shop)
    await shop.advance("P40D")
    ledger = await shop.ledger()
    parcels = [item for one in ledger["fulfillments"] for item in one["items"]]

    assert ledger["violations"] == []
    assert ledger["orders"]
    for order in ledger["orders"]:
        _check(order, parcels)


_AMOUNTS = st.decimals(min_value=0, max_value=9999, places=3)
_ITEMS = st.lists(
    st.fixed_dictionaries(
        {
            "skuId": st.sampled_from(["lamp", "digital-font"]),
            "price": _AMOUNTS,
            "quantity": st.integers(1, 50),
        }
    ),
    min_size=1,
    max_size=6,
)


@given(
    items=_ITEMS,
    currency=st.sampled_from(["EUR", "JPY", "KWD", "USD"]),
    inclusive=st.booleans(),
    percent=st.integers(1, 100),
    shipping=_AMOUNTS,
)
def test_totals_add_up(items, currency, inclusive, percent, shipping):
    """The lines' parts add up to the total, which is subtotal and tax, in the currency's digits."""
    request = {
        "currency": currency,
        "items": items,
        "taxInclusive": inclusive,
        "discount": {"percentOff": percent},
        "shippingChoice": {"amount": shipping},
        "shipTo": {"address": {"country": "DE"}},
    }
    priced = price(request, {})
    total = priced.totals["totalAmount"]
    parts = sum((sum(line.parts.values()) for line in priced.lines), Decimal(0))

    assert total == parts == priced.totals["subtotal"] + priced.totals["totalTax"]
    assert total == total.quantize(exponent(currency))


@given(
    total=st.decimals(min_value=0, max_value=99999, places=2),
    weights=st.lists(_AMOUNTS, min_size=1, max_size=9),
)
def test_a_spread_loses_nothing(total, weights):
    """Divided by weight an amount adds up again, where any part has weight."""
    parts = spread(total, weights, "EUR")

    assert sum(parts) == (total if any(weights) else 0)
