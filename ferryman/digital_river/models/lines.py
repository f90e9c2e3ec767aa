"""What the lines and totals of checkouts and orders have in common."""

from typing import Any

from .base import Amount, Id, Loose, Many, Time, Wire
from .party import Party
from .taxid import TaxIdentifier


class Entity(Wire):
    """The Digital River company that sells; empty until it is known."""

    id: Loose[Id] = None
    name: Loose[str] = None


class Product(Wire):
    """The product of a line; `physical` only in expanded orders."""

    id: Loose[Id] = None
    name: Loose[str] = None
    sku_group_id: Loose[Id] = None
    country_of_origin: Loose[str] = None
    physical: Loose[bool] = None


class Disclosure(Wire):
    """One text that the law wants shown; `type` is `termsOfSale`, `privacyPolicy` and so on."""

    type: Loose[str] = None
    entity_id: Loose[Id] = None
    entity_name: Loose[str] = None
    localized_text: Loose[str] = None
    url: Loose[str] = None


class Disclosures(Wire):
    """What the shopper was told ("Disclosures, compliance statements, and emails")."""

    disclosures: Many[Disclosure] = ()


class ShippingChoice(Wire):
    """How it is shipped, and for how much."""

    amount: Loose[Amount] = None
    tax_amount: Loose[Amount] = None
    description: Loose[str] = None
    service_level: Loose[str] = None
    shipping_terms: Loose[str] = None


class Share(Wire):
    """A line's tax, duty, fees or shipping."""

    amount: Loose[Amount] = None
    tax_amount: Loose[Amount] = None
    rate: Loose[Amount] = None


class Line(Wire):
    """A line; its id is another one in the checkout than in the order made of it."""

    id: Id
    sku_id: Loose[Id] = None
    product_details: Loose[Product] = None
    quantity: int | None = None
    amount: Loose[Amount] = None
    tax: Loose[Share] = None
    importer_tax: Loose[Share] = None
    duties: Loose[Share] = None
    fees: Loose[Share] = None
    shipping: Loose[Share] = None
    metadata: Loose[dict[str, Any]] = None


class Totals(Wire):
    """Amounts net of tax but for `total_amount` = `subtotal` + `total_tax` ("Tax inclusive")."""

    currency: Loose[str] = None
    subtotal: Loose[Amount] = None
    total_tax: Loose[Amount] = None
    total_importer_tax: Loose[Amount] = None
    total_fees: Loose[Amount] = None
    total_duty: Loose[Amount] = None
    total_discount: Loose[Amount] = None
    total_shipping: Loose[Amount] = None
    total_amount: Loose[Amount] = None
    selling_entity: Loose[Entity] = None
    disclosures: Loose[Disclosures] = None
    shipping_choice: Loose[ShippingChoice] = None
    email: Loose[str] = None
    locale: Loose[str] = None
    customer_type: Loose[str] = None
    browser_ip: Loose[str] = None
    ship_from: Loose[Party] = None
    ship_to: Loose[Party] = None
    bill_to: Loose[Party] = None
    tax_identifiers: Loose[Many[TaxIdentifier]] = None
    customer_id: Loose[Id] = None
    upstream_id: Loose[Id] = None
    metadata: Loose[dict[str, Any]] = None
    created_time: Loose[Time] = None
    updated_time: Loose[Time] = None
