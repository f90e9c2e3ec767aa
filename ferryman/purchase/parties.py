"""People and places: addresses, who is shipped to, who is billed, who buys."""

from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from .base import Noun

Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=256, strip_whitespace=True),
    Field(json_schema_extra={"pattern": r"\S"}),
]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Email = Annotated[
    str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s.]+$", max_length=254)
]
Locale = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}([_-][A-Za-z0-9]{2,8})*$")]
MetadataKey = Annotated[str, StringConstraints(min_length=1, max_length=40)]
MetadataValue = Annotated[str, StringConstraints(max_length=500)] | bool | int | float
Metadata = Annotated[dict[MetadataKey, MetadataValue], Field(max_length=20)]
"""At most 20 keys of 40 characters with values of 500 ("API structure")."""

MostMetadata = Annotated[dict[MetadataKey, MetadataValue], Field(max_length=19)]
"""Metadata of what we write a key of our own on, to find it again."""

CustomerType = Literal["individual", "business"]


class Address(Noun):
    """A postal address; what a country asks for beyond its code is Digital River's to say."""

    line1: Text | None = None
    line2: Text | None = None
    city: Text | None = None
    postal_code: Text | None = None
    state: Text | None = None
    country: Country


class AddressExtras(Noun):
    """What some countries add to an address ("Providing address information")."""

    neighborhood: Text | None = None
    division: Text | None = None
    phonetic_name: Text | None = None


class Contact(Noun):
    """Who is shipped to, or who is billed."""

    address: Address
    name: Text | None = None
    phone: Text | None = None
    email: Email | None = None
    organization: Text | None = None
    additional_address_info: AddressExtras | None = None


class Origin(Noun):
    """Where the goods are shipped from."""

    address: Address
    additional_address_info: AddressExtras | None = None


class Customer(Noun):
    """A registered shopper, under the merchant's own id ("Creating a customer")."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,40}$")]
    email: Email | None = None
    locale: Locale | None = None
    type: CustomerType | None = None
    shipping: Contact | None = None
    metadata: Metadata | None = None


class PurchaseLocation(Noun):
    """Where the shopper says to buy from."""

    country: Country
    state: Text | None = None
    postal_code: Text | None = None


class TaxIdentifier(Noun):
    """A tax identifier: one that Digital River knows by its id, or what it is and says.

    Which types a sale takes depends on seller, country and customer ("Tax identifiers").
    """

    id: Text | None = None
    type: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,40}$")] | None = None
    value: Text | None = None

    @model_validator(mode="after")
    def _is_known_or_told(self) -> Self:
        told = [self.type is not None, self.value is not None]
        if not (all(told) if self.id is None else not any(told)):
            raise PydanticCustomError("one_of", "give either id, or type and value")
        return self
