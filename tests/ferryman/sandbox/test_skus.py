import pytest

_CODED = {"name": "Lamp", "eccn": "EAR99", "taxCode": "4323.310_A", "countryOfOrigin": "DE"}


@pytest.mark.parametrize(
    ("body", "physical"),
    [
        (_CODED, True),
        ({**_CODED, "taxCode": "4323.310_B"}, False),
        ({"name": "Lamp", "skuGroupId": "lamps"}, True),
        ({"name": "Font", "skuGroupId": "digital-fonts"}, False),
    ],
)
async def test_what_is_shipped(shop, body, physical):
    """A SKU is shipped or not as its tax code says, or its group where it has no code."""
    sku = await shop.ok("PUT", "/skus/thing", body)

    assert sku["physical"] is physical


@pytest.mark.parametrize("lacking", ["eccn", "taxCode", "countryOfOrigin"])
async def test_what_a_group_would_say(shop, lacking):
    """Without a group a SKU has to say its classification itself."""
    body = {name: value for name, value in _CODED.items() if name != lacking}

    assert (await shop.refused("PUT", "/skus/thing", body))[1]["parameter"] == lacking
