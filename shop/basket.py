"""What a shopper is about to order: read from addresses and forms, written as the API takes it."""

import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from ferryman.purchase.purchase import Purchase

from .goods import GOODS, Good, Market, good_of, market_of, market_with

_TOKEN = re.compile(r"[a-z]{16}")
_QUANTITY = re.compile(r"[0-9]{1,6}", re.ASCII)
_ORIGIN = {"address": {"country": "DE", "postalCode": "50667"}}

Json = dict[str, Any]
Said = Mapping[str, str]


@dataclass(frozen=True)
class Basket:
    """Goods in one market; `token` makes one purchase of it, however often it is ordered."""

    market: Market
    quantities: Mapping[Good, int]
    token: str

    @classmethod
    def read(cls, said: Said) -> "Basket":
        """Read it as the shop's pages carry it; a token that is none of ours is made anew."""
        token = said.get("basket", "")
        wanted = {good: _quantity(said.get(good.sku, "")) for good in GOODS}
        return cls(
            market=market_of(said.get("market")),
            quantities={good: count for good, count in wanted.items() if count},
            token=token if _TOKEN.fullmatch(token) else _new_token(),
        )

    def become(self, purchase: Purchase) -> Self:
        """Give what its purchase holds: whatever addresses and forms say, that is not changed."""
        held = [(good_of(line.sku_id), line.quantity) for line in purchase.items]
        currency = purchase.checkout.currency if purchase.checkout else ""
        return replace(
            self,
            market=market_with(currency) or self.market,
            quantities={good: quantity for good, quantity in held if good is not None},
        )

    @property
    def fields(self) -> dict[str, str]:
        """What the next page has to be told."""
        goods = {good.sku: str(count) for good, count in self.quantities.items()}
        return {"market": self.market.id, **goods, "basket": self.token}

    @property
    def purchase_id(self) -> str:
        """The purchase that it becomes, which is the idempotency key too."""
        return f"shop-{self.token}"

    @property
    def physical(self) -> bool:
        """Whether anything has to be shipped."""
        return any(good.physical for good in self.quantities)

    def request(self, said: Said) -> Json:
        """Write the request for the purchase."""
        market = self.market
        buyer: Json = {}
        if said.get("buyer") == "registered":
            buyer = {"customer": {"id": said.get("customer", ""), "email": said.get("email", "")}}
        return {
            "upstreamId": self.purchase_id,
            "currency": market.currency,
            "taxInclusive": False,
            "locale": market.locale,
            **buyer,
            **self.change(said),
            "items": [self._line(good, count) for good, count in self.quantities.items()],
            **({"shipFrom": _ORIGIN} if self.physical else {}),
        }

    def change(self, said: Said) -> Json:
        """Write what may still change when the purchase is there: who, where to, how shipped."""
        address = {name: said.get(name, "") for name in ("line1", "postalCode", "city")}
        if said.get("state"):
            address["state"] = said["state"]
        address["country"] = self.market.country
        contact = {"name": said.get("name", ""), "email": said.get("email", ""), "address": address}
        change: Json = {"email": said.get("email", ""), "billTo": contact}
        if self.physical:
            change |= {"shipTo": contact, "shippingChoice": self._shipping(said.get("delivery"))}
        return change

    def _line(self, good: Good, count: int) -> Json:
        return {
            "lineId": good.sku,
            "skuId": good.sku,
            "quantity": count,
            "price": good.prices[self.market.currency],
            "physical": good.physical,
        }

    def _shipping(self, wanted: str | None) -> Json:
        ways = self.market.deliveries
        way = next((each for each in ways if each.id == wanted), ways[0])
        return {"amount": way.amount, "description": way.name, "serviceLevel": way.level}


def _quantity(text: str) -> int:
    return int(text) if _QUANTITY.fullmatch(text) else 0


def _new_token() -> str:
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(16))
