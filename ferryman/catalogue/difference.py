"""What has to be sent so that a SKU says what the catalogue says."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from .product import Product


def difference(product: Product, known: Mapping[str, Any]) -> dict[str, Any]:
    """Give the attributes that differ from the SKU's, named and written as Digital River's.

    Of metadata only the keys that differ: it is merged there, and an empty text takes a key away
    ("Creating and updating SKUs").
    """
    wanted = product.attributes
    metadata = _metadata(wanted.pop("metadata", {}), known.get("metadata") or {})
    changed = {name: value for name, value in wanted.items() if not _equal(value, known.get(name))}
    return {**changed, "metadata": metadata} if metadata else changed


def _metadata(wanted: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in wanted.items() if not _equal(value, known.get(key, ""))}


def _equal(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, int | Decimal) and isinstance(other, int | float | Decimal):
        return Decimal(one) == Decimal(str(other))
    return bool(one == other)
