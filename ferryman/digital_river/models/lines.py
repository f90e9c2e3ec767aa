"""What the lines and totals of checkouts and orders have in common."""

from typing import Any

from .base import Amount, Id, Loose, Time, Wire


class Entity(Wire):
    """The Digital River company that sells; empty until it is known."""

    id: Loose[Id] = None
    name: Loose[str] = None


class Product(Wire):
    """The product of a line; `physical` only in expanded orders."""

    id: Loose[Id] = None
    name: Loose[str] = None
    physical: Loose[bool] = None


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
    customer_id: Loose[Id] = None
    upstream_id: Loose[Id] = None
    metadata: Loose[dict[str, Any]] = None
    created_time: Loose[Time] = None
    updated_time: Loose[Time] = None
