"""Only what differs is sent, and nothing keeps the other rows from it."""

from collections import Counter

import pytest
from structlog.testing import capture_logs

from ferryman.catalogue import sync
from ferryman.catalogue.sync import Stopped
from tests.ferryman.catalogue.conftest import BOOTS, product


@pytest.fixture
def hasty(monkeypatch):
    """Do not wait between attempts."""
    monkeypatch.setattr(sync, "_GAPS", (0.0, 0.0))


async def test_new_ones_are_created_and_a_second_run_sends_nothing(river, bring, catalogue):
    """All products arrive as they are written; once there, they are only looked at."""
    path = catalogue(*(product(number) for number in range(45)))
    first = await bring(path)
    await river.asked()
    second = await bring(path)
    sku = await river.client.get_sku("sku-00007")

    assert {("created", "")} == set(first.values())
    assert {("unchanged", "")} == set(second.values())
    assert ["GET /skus"] * 3 == [call for call in await river.asked() if "sku-" not in call]
    assert ("Product 7", "6404.20.1000", "kg") == (sku.name, sku.hs_code, sku.weight_unit)


async def test_one_changed_product_is_one_call_with_one_field(river, bring, catalogue):
    """What was changed elsewhere and is not in the catalogue stays; what differs is sent alone."""
    await bring(catalogue(*(product(number) for number in range(3))))
    await river.client.update_sku("sku-00001", {"partNumber": "P-1"})
    await river.asked()
    changed = product(1, weight=1.5, metadata={"colour": "brown", "lining": "wool"})
    outcomes = await bring(catalogue(product(0), changed, product(2)))
    calls = await river.asked()
    sku = await river.client.get_sku("sku-00001")

    assert {"unchanged": 2, "changed": 1} == Counter(done for done, _ in outcomes.values())
    assert ["GET /skus", "POST /skus/sku-00001"] == calls
    assert ("P-1", {"colour": "brown", "lining": "wool"}) == (sku.part_number, sku.metadata)


async def test_changed_field_goes_alone(river, bring, catalogue):
    """The call itself holds what differs and nothing else, as the log of a refused one shows."""
    await bring(catalogue(product(0)))
    refused = {"method": "POST", "path": "/skus/sku-00000", "kind": "status", "status": 400}
    await river.control("POST", "faults", refused)
    with capture_logs() as lines:
        await bring(catalogue(product(0, weight=2, metadata={"colour": "brown", "size": "42"})))
    (line,) = [line for line in lines if line.get("status") == 400]

    assert {"weight", "metadata"} == line["request"].keys()


async def test_many_rows_take_few_questions(river, bring, catalogue):
    """Twenty products share a question; no product is asked for by itself."""
    path = catalogue(*(product(number) for number in range(200)))
    await bring(path, dry_run=True)

    assert ["GET /skus"] * 10 == await river.asked()


async def test_dry_run_sends_nothing(river, bring, catalogue):
    """It tells what would be done."""
    await bring(catalogue(product(0)))
    await river.asked()
    outcomes = await bring(catalogue(product(0, name="New"), product(1)), dry_run=True)

    assert ["changed", "created"] == [done for done, _ in outcomes.values()]
    assert ["GET /skus"] == await river.asked()


async def test_refused_row_is_told_and_the_others_go_on(river, bring, catalogue):
    """Digital River's own reason stands beside the row that it did not take."""
    refused = {"method": "PUT", "path": "/skus/sku-00001", "kind": "status", "status": 400}
    said = {"code": "invalid_parameter", "parameter": "taxCode", "message": "No such tax code."}
    await river.control("POST", "faults", {**refused, "body": {"errors": [said]}})
    outcomes = await bring(catalogue(*(product(number) for number in range(4))))

    assert ("refused", "taxCode: No such tax code. (invalid_parameter)") == outcomes["sku-00001"]
    assert {"created": 3, "refused": 1} == Counter(done for done, _ in outcomes.values())


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("kind", ["reset_after", "reset_before", "status_after"])
async def test_lost_answer_is_asked_again(river, bring, catalogue, kind):
    """Either write may be repeated: the SKU is there once, as it is written."""
    fault = {"method": "PUT", "kind": kind}
    await river.control("POST", "faults", fault)
    outcomes = await bring(catalogue(product(0), product(1)))
    page = await river.client.list_skus()

    assert {("created", "")} == set(outcomes.values())
    assert {"sku-00000", "sku-00001"} == {sku.id for sku in page.data}


@pytest.mark.usefixtures("hasty")
async def test_stopped_run_goes_on_where_it_was(river, bring, catalogue):
    """An outage stops the run; the next one sends what the first has not."""
    path = catalogue(*(product(number) for number in range(50)))
    outage = {"method": "PUT", "path": "/skus/sku-0002*", "kind": "status", "status": 401}
    await river.control("POST", "faults", {**outage, "times": 0})
    with pytest.raises(Stopped, match="refuses the key"):
        await bring(path)
    await river.control("DELETE", "faults")
    outcomes = await bring(path)

    assert {"unchanged": 20, "created": 30} == Counter(done for done, _ in outcomes.values())


@pytest.mark.usefixtures("hasty")
async def test_outage_stops_the_run(river, bring, catalogue):
    """Without an answer to what there is, nothing is sent."""
    fault = {"method": "GET", "path": "/skus", "kind": "status", "status": 503, "times": 0}
    await river.control("POST", "faults", fault)
    with pytest.raises(Stopped, match="does not list"):
        await bring(catalogue(BOOTS))

    assert {"GET /skus"} == set(await river.asked())


async def test_group_alone_is_enough(bring, catalogue):
    """A product that belongs to a SKU group is taken without a classification of its own."""
    path = catalogue({"id": "boots", "name": "Boots", "skuGroupId": "footwear"})

    assert {"boots": ("created", "")} == await bring(path)
    assert {"boots": ("unchanged", "")} == await bring(path)
