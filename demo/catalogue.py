"""What the stories buy, and where their invented shoppers live."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from .http import JSON


@dataclass(frozen=True)
class Market:
    """A country to sell in: its currency, an address there, what shipping costs."""

    currency: str
    locale: str
    address: JSON
    shipping: Decimal


GERMANY = Market(
    currency="EUR",
    locale="de_DE",
    address={
        "line1": "Musterstraße 1",
        "city": "Köln",
        "postalCode": "50667",
        "country": "DE",
    },
    shipping=Decimal("4.90"),
)
UNITED_STATES = Market(
    currency="USD",
    locale="en_US",
    address={
        "line1": "1 Example Street",
        "city": "Minnetonka",
        "state": "MN",
        "postalCode": "55343",
        "country": "US",
    },
    shipping=Decimal("5.00"),
)
JAPAN = Market(
    currency="JPY",
    locale="ja_JP",
    address={
        "line1": "1-1 Rei",
        "city": "Minato",
        "state": "Tokyo",
        "postalCode": "106-0032",
        "country": "JP",
    },
    shipping=Decimal(500),
)


@dataclass(frozen=True, eq=False)
class Product:
    """Something to sell; the sandbox takes a SKU with `download` in its id for digital goods."""

    sku_id: str
    name: str
    physical: bool
    prices: Mapping[str, Decimal]


LAMP = Product(
    "desk-lamp",
    "desk lamp",
    physical=True,
    prices={"EUR": Decimal("39.90"), "USD": Decimal("37.81"), "JPY": Decimal(5800)},
)
CABLE = Product(
    "cable",
    "cable",
    physical=True,
    prices={"EUR": Decimal("7.49"), "USD": Decimal("6.99"), "JPY": Decimal(990)},
)
FONT = Product(
    "font-download",
    "font",
    physical=False,
    prices={"EUR": Decimal("24.00"), "USD": Decimal("22.00"), "JPY": Decimal(3600)},
)


_ORIGIN: JSON = {"address": {"country": "DE", "postalCode": "50667"}}


def basket(purchase_id: str, market: Market, wanted: Mapping[Product, int]) -> JSON:
    """Put together a purchase request; a line's id is its product's."""
    person = {"name": "Erika Beispiel", "email": "erika@example.com", "address": market.address}
    request = {
        "upstreamId": purchase_id,
        "currency": market.currency,
        "taxInclusive": False,
        "email": "erika@example.com",
        "locale": market.locale,
        "billTo": person,
        "items": [_line(product, quantity, market) for product, quantity in wanted.items()],
    }
    return request | (_shipping(market, person) if any(p.physical for p in wanted) else {})


def session_request(purchase_id: str, market: Market, wanted: Mapping[Product, int]) -> JSON:
    """Put together what Digital River's own checkout page is to sell."""
    items = [
        {
            "skuId": product.sku_id,
            "quantity": quantity,
            "price": product.prices[market.currency],
        }
        for product, quantity in wanted.items()
    ]
    return {
        "upstreamId": purchase_id,
        "currency": market.currency,
        "taxInclusive": False,
        "items": items,
        "shipFrom": _ORIGIN,
    }


def _line(product: Product, quantity: int, market: Market) -> JSON:
    return {
        "lineId": product.sku_id,
        "skuId": product.sku_id,
        "quantity": quantity,
        "price": product.prices[market.currency],
        "physical": product.physical,
    }


def _shipping(market: Market, person: JSON) -> JSON:
    return {
        "shipFrom": _ORIGIN,
        "shipTo": person,
        "shippingChoice": {
            "amount": market.shipping,
            "description": "standard",
            "serviceLevel": "SG",
        },
    }
