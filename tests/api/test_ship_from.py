from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client

from ferryman.purchase.parties import Address, Origin
from ferryman.records import Records
from tests.api.door import Wanted, opened, request, settings
from tests.api.stand_in import Books

USUAL = {"country": "DE", "line1": "Hafen 1"}
PHYSICAL, VIRTUAL = True, False
OTHER = {"country": "NL", "line1": "Haven 2"}


def _items(*physical: bool | None) -> list[dict[str, Any]]:
    return [
        {"lineId": str(number), "skuId": "a", "quantity": 1, "price": 1, "physical": each}
        for number, each in enumerate(physical)
    ]


@pytest.mark.parametrize(
    ("changes", "origin"),
    [
        ({"items": _items(PHYSICAL)}, USUAL),
        ({"items": _items(None)}, USUAL),
        ({"items": _items(VIRTUAL, PHYSICAL)}, USUAL),
        ({"items": _items(VIRTUAL)}, None),
        ({"items": _items(PHYSICAL), "shipFrom": {"address": OTHER}}, OTHER),
    ],
)
async def test_usual_origin(
    client: Client,
    records: Records,
    books: Books,
    wanted: Wanted,
    tmp_path: Path,
    changes: dict[str, Any],
    origin: dict[str, str] | None,
):
    """Physical goods that name no origin come from the merchant's usual one, others do not."""
    usual = Origin(address=Address(**USUAL))
    told = settings(Wanted(task_queue=wanted.task_queue, ship_from=usual), tmp_path / "x.db")
    async with opened(told, client, records) as door:
        reply = await door.open(request(**changes))

    begun = next(each for each in books.begun if each.id == reply.json["id"])
    used = begun.request.ship_from
    assert (used and used.address.model_dump(exclude_none=True)) == origin
