"""A product as Digital River knows it."""

from typing import Any

from .base import Amount, Id, Loose, Time, Wire


class Sku(Wire):
    """A SKU; `physical` follows from its tax code ("Creating and updating SKUs")."""

    id: Id
    name: Loose[str] = None
    eccn: Loose[str] = None
    hs_code: Loose[str] = None
    tax_code: Loose[str] = None
    sku_group_id: Loose[Id] = None
    part_number: Loose[str] = None
    manufacturer_id: Loose[str] = None
    managed_fulfillment: Loose[str] = None
    country_of_origin: Loose[str] = None
    description: Loose[str] = None
    image: Loose[str] = None
    url: Loose[str] = None
    weight: Loose[Amount] = None
    weight_unit: Loose[str] = None
    metadata: Loose[dict[str, Any]] = None
    physical: Loose[bool] = None
    created_time: Loose[Time] = None
    updated_time: Loose[Time] = None
