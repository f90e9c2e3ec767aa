"""One product of the merchant's catalogue, with all that Digital River asks of a SKU."""

from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

_EXPORT = ("eccn", "tax_code", "country_of_origin")

Text = Annotated[str, StringConstraints(min_length=1, max_length=2_000)]
Address = Annotated[str, StringConstraints(pattern=r"^https?://\S+$", max_length=2_000)]
Key = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Value = Annotated[str, StringConstraints(max_length=500)] | bool | int | Decimal


class Product(BaseModel):
    """A row of the catalogue: what it leaves out is left as it is ("Creating and updating SKUs").

    The id is the merchant's own, as checkouts name it; a product belongs to a SKU group or says
    for itself how it may be exported and taxed.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, str_strip_whitespace=True
    )

    id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z._-]{1,255}$")]
    name: Text
    sku_group_id: Text | None = None
    eccn: Text | None = None
    tax_code: Text | None = None
    country_of_origin: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    hs_code: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d{2}\.\d{4}$")] | None = None
    part_number: Text | None = None
    manufacturer_id: Text | None = None
    managed_fulfillment: Literal["DRGlobalFulfillment"] | None = None
    description: Text | None = None
    image: Address | None = None
    url: Address | None = None
    weight: Annotated[Decimal, Field(gt=0, lt=10**9, max_digits=15)] | None = None
    weight_unit: Literal["oz", "lb", "g", "kg"] | None = None
    metadata: Annotated[dict[Key, Value], Field(max_length=20)] | None = None

    @model_validator(mode="after")
    def _can_be_sold(self) -> Self:
        if self.id in {".", ".."}:
            raise PydanticCustomError("id", "id: no address can end in it")
        missing = [to_camel(name) for name in _EXPORT if getattr(self, name) is None]
        if self.sku_group_id is None and missing:
            raise PydanticCustomError(
                "export",
                "without skuGroupId it needs {missing}",
                {"missing": " and ".join(missing)},
            )
        if self.weight_unit is not None and self.weight is None:
            raise PydanticCustomError("weight", "weightUnit needs weight")
        return self

    @property
    def attributes(self) -> dict[str, Any]:
        """What the row says of the product, as Digital River names it, without the id."""
        return self.model_dump(by_alias=True, exclude_none=True, exclude={"id"})
