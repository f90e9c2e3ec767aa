"""What the shop sells, and the markets it sells in."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, eq=False)
class Good:
    """One thing to buy, under the merchant's own SKU.

    The sandbox takes a SKU with `download` in its id for digital goods.
    """

    sku: str
    name: str
    words: str
    physical: bool
    prices: Mapping[str, Decimal]


@dataclass(frozen=True)
class Delivery:
    """One way of shipping, and what it costs in the market's currency."""

    id: str
    name: str
    amount: Decimal
    level: str


@dataclass(frozen=True)
class Market:
    """A country to sell in, with an invented shopper's address as the example."""

    id: str
    country: str
    name: str
    currency: str
    locale: str
    deliveries: tuple[Delivery, ...]
    example: Mapping[str, str]


def _prices(eur: str, usd: str, jpy: str) -> Mapping[str, Decimal]:
    return {"EUR": Decimal(eur), "USD": Decimal(usd), "JPY": Decimal(jpy)}


def _deliveries(standard: str, express: str) -> tuple[Delivery, ...]:
    return (
        Delivery("standard", "Standard, three to five days", Decimal(standard), "SG"),
        Delivery("express", "Express, the next working day", Decimal(express), "EX"),
    )


GOODS = (
    Good(
        "desk-lamp",
        "Desk lamp",
        "Warm light on a long arm.",
        physical=True,
        prices=_prices("39.90", "37.81", "5800"),
    ),
    Good(
        "notebook",
        "Notebook",
        "Two hundred dotted pages, stitched.",
        physical=True,
        prices=_prices("12.50", "11.95", "1800"),
    ),
    Good(
        "cable",
        "Charging cable",
        "Two metres, braided.",
        physical=True,
        prices=_prices("7.49", "6.99", "990"),
    ),
    Good(
        "font-download",
        "Typeface",
        "Four weights, as a download.",
        physical=False,
        prices=_prices("24.00", "22.00", "3600"),
    ),
    Good(
        "field-guide-download",
        "Field guide",
        "Birds of the harbour, an e-book.",
        physical=False,
        prices=_prices("9.00", "8.50", "1300"),
    ),
)

MARKETS = (
    Market(
        "de",
        "DE",
        "Germany",
        "EUR",
        "de_DE",
        _deliveries("4.90", "12.90"),
        {
            "name": "Erika Beispiel",
            "email": "erika@example.com",
            "line1": "Musterstraße 1",
            "postalCode": "50667",
            "city": "Köln",
            "state": "",
        },
    ),
    Market(
        "us",
        "US",
        "United States",
        "USD",
        "en_US",
        _deliveries("5.00", "15.00"),
        {
            "name": "Erika Beispiel",
            "email": "erika@example.com",
            "line1": "1 Example Street",
            "postalCode": "55343",
            "city": "Minnetonka",
            "state": "MN",
        },
    ),
    Market(
        "jp",
        "JP",
        "Japan",
        "JPY",
        "ja_JP",
        _deliveries("500", "1200"),
        {
            "name": "Erika Beispiel",
            "email": "erika@example.com",
            "line1": "1-1 Rei",
            "postalCode": "106-0032",
            "city": "Minato",
            "state": "Tokyo",
        },
    ),
)

_BY_SKU = {good.sku: good for good in GOODS}
_BY_ID = {market.id: market for market in MARKETS}


def market_of(name: str | None) -> Market:
    """Give the market of this id, the first one for any other."""
    return _BY_ID.get(name or "", MARKETS[0])


def good_of(sku: str | None) -> Good | None:
    """Give the good of this SKU; None for what the shop does not sell."""
    return _BY_SKU.get(sku or "")


def market_with(currency: str) -> Market | None:
    """Give the market that is sold in with a currency."""
    return next((market for market in MARKETS if market.currency == currency), None)


def name_of(sku: str | None) -> str:
    """Give a good's name; what the shop does not sell is called by its SKU."""
    good = good_of(sku)
    return good.name if good else sku or "-"
