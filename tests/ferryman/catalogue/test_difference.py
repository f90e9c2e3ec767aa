"""What differs between a row and a SKU."""

from decimal import Decimal

import pytest

from ferryman.catalogue.difference import difference
from ferryman.catalogue.product import Product
from tests.ferryman.catalogue.conftest import BOOTS


@pytest.mark.parametrize(
    ("row", "sku", "expected"),
    [
        ({}, {}, {}),
        ({"weight": 1.25}, {"weight": Decimal("1.250")}, {}),
        ({"weight": 2}, {"weight": Decimal("2.0")}, {}),
        ({"weight": 2}, {}, {"weight": 2}),
        ({"name": "Tall boots"}, {}, {"name": "Tall boots"}),
        ({"partNumber": "P-1"}, {"partNumber": None}, {"partNumber": "P-1"}),
        ({}, {"partNumber": "P-1", "description": "Set elsewhere"}, {}),
        ({"metadata": {"size": "42"}}, {}, {"metadata": {"size": "42"}}),
        ({"metadata": {"size": 42}}, {"metadata": {"size": Decimal(42)}}, {}),
        ({"metadata": {"wool": True}}, {"metadata": {"wool": 1}}, {"metadata": {"wool": True}}),
        ({"metadata": {"colour": ""}}, {}, {"metadata": {"colour": ""}}),
        ({"metadata": {"colour": ""}}, {"metadata": None}, {}),
    ],
)
def test_difference(row, sku, expected):
    """Numbers are compared as numbers; of metadata only the keys that differ are sent."""
    product = Product.model_validate({**BOOTS, **row})

    assert expected == difference(product, {**BOOTS, **sku})
