"""What a merchant asks for: the purchase request, its lines and its later changes."""

import ipaddress
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError, ValidationError

from ferryman.money import Money, digits, fits

from .base import Noun
from .parties import (
    Contact,
    Customer,
    CustomerType,
    Email,
    Locale,
    MostMetadata,
    Origin,
    PurchaseLocation,
    TaxIdentifier,
    Text,
)


def _no_path(value: str) -> str:
    # Clients take these two out of a path, so that nobody could ask for the purchase.
    if value in {".", ".."}:
        raise PydanticCustomError("path", "an id of dots alone cannot be asked for")
    return value


def _ip_address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError as error:
        raise PydanticCustomError("ip_address", "not an IP address") from error


def _no_text(value: Any) -> Any:
    if isinstance(value, str):
        raise PydanticCustomError("number", "an amount is a JSON number, not a text")
    return value


def _whole(value: Any) -> Any:
    whole = isinstance(value, Decimal) and value.is_finite() and value == value.to_integral_value()
    return int(value) if whole else value


PurchaseId = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$"), AfterValidator(_no_path)
]
LineId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
SkuId = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]{1,128}$")]
Amount = Annotated[
    Money,
    BeforeValidator(_no_text),
    Field(ge=0),
    WithJsonSchema({"type": "number", "minimum": 0}),
]
Percent = Annotated[Decimal, Field(gt=0, le=100)]
Whole = BeforeValidator(_whole)
"""Of JSON, in which `2.0` is the integer that `2` is, however a client writes it."""
Quantity = Annotated[int, Field(ge=1, le=1_000_000, strict=True), Whole]


class ProductDetails(Noun):
    """A product that Digital River holds no SKU of ("Product basics")."""

    id: SkuId
    sku_group_id: Text
    name: Text
    description: Text | None = None
    url: Text | None = None
    image: Text | None = None
    country_of_origin: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    part_number: Text | None = None
    weight: Annotated[Decimal, Field(gt=0)] | None = None
    weight_unit: Literal["oz", "lb", "g", "kg"] | None = None


class Item(Noun):
    """One line: `price` is for one piece, `aggregate_price` for the whole line."""

    line_id: LineId
    sku_id: SkuId | None = None
    product_details: ProductDetails | None = None
    quantity: Quantity
    price: Amount | None = None
    aggregate_price: Amount | None = None
    physical: bool | None = None
    metadata: MostMetadata | None = None

    @model_validator(mode="after")
    def _says_each_thing_once(self) -> Self:
        if (self.sku_id is None) == (self.product_details is None):
            raise PydanticCustomError("one_of", "give either skuId or productDetails")
        if (self.price is None) == (self.aggregate_price is None):
            raise PydanticCustomError("one_of", "give either price or aggregatePrice")
        return self

    @property
    def product(self) -> str:
        """The merchant's own product id, whichever way the line names it."""
        return self.sku_id or (self.product_details.id if self.product_details else "")


Items = Annotated[tuple[Item, ...], Field(min_length=1, max_length=200)]


class ShippingChoice(Noun):
    """What the shopper pays for shipping, in the purchase's currency."""

    id: Text | None = None
    amount: Amount
    description: Text | None = None
    service_level: Text | None = None
    shipping_terms: Literal["DDP", "DAP"] | None = None


class Discount(Noun):
    """Off the whole purchase: an amount in its currency, or a percentage."""

    amount_off: Amount | None = None
    percent_off: Percent | None = None

    @model_validator(mode="after")
    def _is_one_of_both(self) -> Self:
        if (self.amount_off is None) == (self.percent_off is None):
            raise PydanticCustomError("one_of", "give either amountOff or percentOff")
        return self


class PurchaseRequest(Noun):
    """A new purchase, as Digital River's own checkout request has it."""

    upstream_id: PurchaseId | None = None
    currency: Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
    tax_inclusive: Annotated[bool, Field(strict=True)]
    email: Email | None = None
    locale: Locale | None = None
    browser_ip: Annotated[str, AfterValidator(_ip_address)] | None = None
    customer_type: CustomerType | None = None
    customer: Customer | None = None
    items: Items
    ship_from: Origin | None = None
    ship_to: Contact | None = None
    bill_to: Contact | None = None
    shipping_choice: ShippingChoice | None = None
    discount: Discount | None = None
    tax_identifiers: tuple[TaxIdentifier, ...] | None = None
    charge_type: Literal["customer_initiated", "merchant_initiated", "moto"] | None = None
    purchase_location: PurchaseLocation | None = None
    metadata: MostMetadata | None = None

    @classmethod
    def read(cls, data: object) -> Self:
        """Validate `data`, amounts against the currency and lines against each other.

        Raises pydantic's ValidationError with the place of every problem.
        """
        request = cls.model_validate(data, extra="forbid")
        problems = [*_currency_problems(request), *_doubled_lines(request.items)]
        if problems:
            raise ValidationError.from_exception_data(cls.__name__, problems)
        return request


class Change(Noun):
    """What may change before submission; what is absent or null stays as it is.

    Other lines, prices or discounts mean a new checkout.
    """

    email: Email | None = None
    locale: Locale | None = None
    customer_type: CustomerType | None = None
    items: Items | None = None
    ship_from: Origin | None = None
    ship_to: Contact | None = None
    bill_to: Contact | None = None
    shipping_choice: ShippingChoice | None = None
    discount: Discount | None = None
    tax_identifiers: tuple[TaxIdentifier, ...] | None = None
    purchase_location: PurchaseLocation | None = None
    metadata: MostMetadata | None = None

    @property
    def needs_new_checkout(self) -> bool:
        """True where Digital River cannot change it in place ("Building checkouts")."""
        return any((self.items, self.discount, self.customer_type))

    def applied_to(self, request: PurchaseRequest) -> PurchaseRequest:
        """The request with this change; raises pydantic's ValidationError where it cannot be."""
        said = {name: value for name, value in self if value is not None}
        return PurchaseRequest.read(request.model_copy(update=said).model_dump())


def _error(
    kind: str, message: str, location: tuple[str | int, ...], value: Any
) -> InitErrorDetails:
    error = PydanticCustomError("value_error", "{message}", {"message": message, "kind": kind})
    return InitErrorDetails(type=error, loc=location, input=value)


def _currency_problems(request: PurchaseRequest) -> Iterator[InitErrorDetails]:
    try:
        digits(request.currency)
    except ValueError:
        yield _error("currency", "not an ISO 4217 currency", ("currency",), request.currency)
        return
    for location, amount in _amounts(request):
        if not fits(amount, request.currency):
            message = f"more digits than {request.currency} has"
            yield _error("digits", message, location, amount)


def _amounts(request: PurchaseRequest) -> Iterator[tuple[tuple[str | int, ...], Decimal]]:
    for index, item in enumerate(request.items):
        if item.price is not None:
            yield ("items", index, "price"), item.price
        if item.aggregate_price is not None:
            yield ("items", index, "aggregatePrice"), item.aggregate_price
    if request.shipping_choice is not None:
        yield ("shippingChoice", "amount"), request.shipping_choice.amount
    if request.discount is not None and request.discount.amount_off is not None:
        yield ("discount", "amountOff"), request.discount.amount_off


def _doubled_lines(items: Sequence[Item]) -> Iterator[InitErrorDetails]:
    seen: set[str] = set()
    for index, item in enumerate(items):
        if item.line_id in seen:
            yield _error("doubled", "doubled lineId", ("items", index, "lineId"), item.line_id)
        seen.add(item.line_id)
