"""What a checkout costs: lines, discounts, tax, shipping, and how they add up."""

import functools
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal

from .errors import invalid, missing, refuse
from .money import ZERO, rounded, spread
from .taxes import rate_at, seller_at
from .wire import Json, present, words

_HUNDRED = Decimal(100)
_PRODUCT = words(
    "skuGroupId name description url countryOfOrigin image weight weightUnit partNumber"
)
_Split = Callable[[Decimal], tuple[Decimal, Decimal]]


@dataclass(frozen=True)
class PricedLine:
    """One line's money, in the checkout's currency."""

    amount: Decimal
    rate: Decimal
    tax: Decimal
    discount: Decimal
    """This line's share of the order's discount; the amount is before it."""
    shipping: Decimal
    shipping_tax: Decimal
    physical: bool

    @property
    def parts(self) -> dict[str, Decimal]:
        """What a charge takes for the line, by component."""
        return {
            "amount": self.amount - self.discount,
            "tax": self.tax,
            "shipping": self.shipping,
            "shippingTax": self.shipping_tax,
        }


@dataclass(frozen=True)
class Priced:
    """A priced checkout."""

    lines: tuple[PricedLine, ...]
    totals: Json
    shipping_choice: Json | None
    selling_entity: Json


def price(
    request: Json, skus: Mapping[str, Json], *, void: Collection[str] = frozenset()
) -> Priced:
    """Price a checkout request; raises the Refusal for prices and discounts that make no sense.

    `subtotal` is before tax, `totalAmount` = `subtotal` + `totalTax` (Building checkouts). Tax
    identifiers that were found void count for nothing.
    """
    currency = request["currency"]
    rate = rate_at(destination(request, skus), reverse_charge=_accounts_for_tax(request, void))
    split = functools.partial(
        _split, rate=rate, inclusive=request.get("taxInclusive", False), currency=currency
    )
    gross = [_line_amount(item, index, currency) for index, item in enumerate(request["items"])]
    physical = [is_physical(item, skus) for item in request["items"]]
    off = spread(_discount(request, "discount", sum(gross, ZERO), currency), gross, currency)
    ship = _shipping(request, any(physical), split)
    weights = [amount if flag else ZERO for amount, flag in zip(gross, physical, strict=True)]
    if not any(weights):
        weights = [Decimal(flag) for flag in physical]
    shipped = zip(
        spread(ship.net, weights, currency), spread(ship.tax, weights, currency), strict=True
    )
    lines = []
    for amount, share, flag, (net_ship, ship_tax) in zip(
        gross, off, physical, shipped, strict=True
    ):
        net, tax = split(amount - share)
        net_share = split(amount)[0] - net
        lines.append(PricedLine(net + net_share, rate, tax, net_share, net_ship, ship_tax, flag))
    return _sum_up(request, tuple(lines), ship, skus)


@dataclass(frozen=True)
class _Shipping:
    net: Decimal
    tax: Decimal
    off: Decimal


def _shipping(request: Json, shipped: bool, split: _Split) -> _Shipping:  # noqa: FBT001 - private
    if not shipped:
        return _Shipping(ZERO, ZERO, ZERO)
    gross = _shipping_amount(request, request["currency"])
    off = _discount(request, "shippingDiscount", gross, request["currency"])
    net, tax = split(gross - off)
    return _Shipping(net, tax, split(gross)[0] - net)


def _split(
    amount: Decimal, *, rate: Decimal, inclusive: bool, currency: str
) -> tuple[Decimal, Decimal]:
    """Part an amount into net and tax; a tax-inclusive price has its tax taken out."""
    if not inclusive:
        return amount, rounded(amount * rate, currency)
    net = rounded(amount / (1 + rate), currency)
    return net, amount - net


def _sum_up(
    request: Json, lines: tuple[PricedLine, ...], ship: _Shipping, skus: Mapping[str, Json]
) -> Priced:
    items = sum((line.amount for line in lines), ZERO)
    discount = sum((line.discount for line in lines), ZERO)
    tax = sum((line.tax for line in lines), ZERO) + ship.tax
    subtotal = items - discount + ship.net
    totals = {
        "totalAmount": subtotal + tax,
        "subtotal": subtotal,
        "totalFees": ZERO,
        "totalTax": tax,
        "totalImporterTax": ZERO,
        "totalDuty": ZERO,
        "totalDiscount": discount + ship.off,
        "totalShipping": ship.net + ship.off,
    }
    choice = request.get("shippingChoice")
    if choice is not None and choice.get("amount") is not None:
        choice = {**choice, "amount": totals["totalShipping"], "taxAmount": ship.tax}
    return Priced(lines, totals, choice, seller_at(destination(request, skus)))


def is_physical(item: Json, skus: Mapping[str, Json]) -> bool:
    """Say whether a line is shipped.

    A stored SKU knows; one that was never created is taken as seeded, and as digital where its id
    or its SKU group says `digital`, `download`, `license` or `saas`.
    """
    product = item.get("productDetails", {})
    sku = skus.get(item.get("skuId") or product.get("id") or "")
    if sku is not None:
        return bool(sku["physical"])
    return not names_digital(item.get("skuId"), product.get("id"), product.get("skuGroupId"))


def names_digital(*names: str | None) -> bool:
    """Say whether one of the ids or groups tells by its name that nothing is shipped."""
    text = " ".join(name or "" for name in names).lower()
    return any(word in text for word in ("digital", "download", "license", "saas"))


def destination(request: Json, skus: Mapping[str, Json]) -> Json | None:
    """Give the address that decides on tax and seller: ship-to, or bill-to for digital goods."""
    shipped = any(is_physical(item, skus) for item in request["items"])
    order = ("shipTo", "billTo") if shipped else ("billTo", "shipTo")
    for name in order:
        address = (request.get(name) or {}).get("address")
        if address:
            return dict(address)
    location: Json | None = request.get("purchaseLocation")
    return location


def _accounts_for_tax(request: Json, void: Collection[str]) -> bool:
    given = [one["id"] for one in request.get("taxIdentifiers") or []]
    return request.get("customerType") == "business" and any(one not in void for one in given)


def _line_amount(item: Json, index: int, currency: str) -> Decimal:
    quantity = 1 if item.get("quantity") is None else item["quantity"]
    price_given, total = item.get("price"), item.get("aggregatePrice")
    if price_given is None and total is None:
        raise missing(f"items[{index}].price")
    amount = Decimal(total) if total is not None else Decimal(price_given or 0) * quantity
    if amount < 0 or quantity < 1:
        name = "price" if amount < 0 else "quantity"
        raise invalid(f"items[{index}].{name}", f"'{item.get(name)}' is not a valid {name}.")
    return rounded(amount - _line_discount(item, amount, quantity), currency)


def _line_discount(item: Json, amount: Decimal, quantity: int) -> Decimal:
    discount = item.get("discount")
    if not discount:
        return ZERO
    units = Decimal(discount.get("quantity", quantity))
    if "percentOff" in discount:
        return amount * units / quantity * Decimal(discount["percentOff"]) / _HUNDRED
    return _amount_off(discount, amount)


def _discount(request: Json, name: str, whole: Decimal, currency: str) -> Decimal:
    discount = request.get(name)
    if not discount:
        return ZERO
    if "percentOff" in discount:
        return rounded(whole * Decimal(discount["percentOff"]) / _HUNDRED, currency)
    return rounded(_amount_off(discount, whole), currency)


def _amount_off(discount: Json, whole: Decimal) -> Decimal:
    off = Decimal(discount.get("amountOff", 0))
    if not ZERO < off <= whole:
        message = f"The value {float(off)} is not permitted."
        raise refuse(400, "invalid_discount_amount", message, "discount")
    return off


def _shipping_amount(request: Json, currency: str) -> Decimal:
    amount = (request.get("shippingChoice") or {}).get("amount")
    if amount is not None and amount < 0:
        raise invalid("shippingChoice.amount", f"'{amount}' is not a valid amount.")
    return rounded(Decimal(amount or 0), currency)


def line_document(identity: str, item: Json, line: PricedLine, skus: Mapping[str, Json]) -> Json:
    """Write a line as checkouts and orders show it."""
    return present(
        id=identity,
        skuId=item.get("skuId"),
        productDetails=product_document(item, skus),
        amount=line.amount,
        quantity=item.get("quantity") or 1,
        metadata=item.get("metadata"),
        tax={"rate": line.rate, "amount": line.tax},
        importerTax={"amount": ZERO},
        duties={"amount": ZERO},
        subscriptionInfo=item.get("subscriptionInfo"),
        discount=item.get("discount"),
        shipFrom=item.get("shipFrom"),
        fees={"amount": ZERO, "taxAmount": ZERO},
        shipping={"amount": line.shipping, "taxAmount": line.shipping_tax},
    )


def seller_tax_id(entity: Json, line: PricedLine) -> str | None:
    """Give the seller's own tax number on a taxed line of the Irish entity's."""
    if entity.get("id") != "DR_IRELAND-ENTITY" or not line.rate:
        return None
    return "DE246495190" if line.physical else "IE6426071C"


def product_document(item: Json, skus: Mapping[str, Json]) -> Json:
    """Write a line's product: what the caller described, or what its SKU says."""
    described = item.get("productDetails")
    if described:
        return dict(described)
    identity = item["skuId"]
    sku = skus.get(identity, {"name": identity, "countryOfOrigin": "US", "partNumber": identity})
    return {"id": identity, **{name: sku[name] for name in _PRODUCT if name in sku}}
