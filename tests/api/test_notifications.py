"""What others were told is there to be read, and an operator can have it told again."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import jsonschema_rs
import pytest

from ferryman.purchase.purchase import (
    Checkout,
    Fulfillment,
    Line,
    Order,
    Purchase,
    SellingEntity,
    ShippedItem,
)
from ferryman.purchase.states import State
from ferryman.records import Records
from ferryman.records.outbox import Outbox, Outcome
from ferryman.setting_types import Scope
from tests.api.door import Door

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
REFUSED = Outcome(
    taken=False,
    status=503,
    cause=None,
    duration=timedelta(milliseconds=7),
    again=timedelta(hours=2),
)


async def keep(records: Records, purchase_id: str, **changes: Any) -> None:
    """Keep an accepted purchase with one parcel."""
    parcel = Fulfillment(
        shipment_id="parcel-1",
        items=(ShippedItem(line_id="1", quantity=1),),
        state="shipped",
        tracking_number="T1",
        created_time=NOW,
    )
    fields = {
        "state": State.ACCEPTED,
        "version": 1,
        "created_time": NOW,
        "updated_time": NOW,
        "order": Order(id="o1", state="accepted"),
        "checkout": Checkout(
            id="c1",
            currency="EUR",
            total_amount=Decimal("29.16"),
            selling_entity=SellingEntity(id="DR_IRELAND-ENTITY"),
        ),
        "items": (Line(line_id="1", quantity=2, open=1, fulfilled=1),),
        "fulfillments": (parcel,),
    }
    await records.save(Purchase(**{"id": purchase_id, **fields, **changes}), [])


async def refuse_first(records: Records, purchase_id: str) -> None:
    """Let the receiver refuse the first notice of this purchase."""
    outbox = Outbox(records.engine)
    while parcels := await outbox.take(20):
        for parcel in parcels:
            await outbox.close(parcel, REFUSED)
        if purchase_id in {parcel.purchase_id for parcel in parcels}:
            return


async def test_list(door: Door, records: Records, new_id: str):
    """Notices are in their order, with all that was sent, and every attempt to send them."""
    await keep(records, new_id)
    await refuse_first(records, new_id)
    reply = await door.get(f"/purchases/{new_id}/notifications")
    first, second = reply.json["data"]

    assert (200, False) == (reply.status, reply.json["hasMore"])
    assert [(1, "purchase.confirmed"), (2, "purchase.shipped")] == [
        (each["notice"]["sequence"], each["notice"]["type"]) for each in (first, second)
    ]
    assert ("waiting", [(503, None, 7)]) == (
        first["state"],
        [(each["status"], each["cause"], each["durationMs"]) for each in first["attempts"]],
    )
    assert first["nextAttempt"] > first["attempts"][0]["time"]
    assert 29.16 == first["notice"]["data"]["totals"]["totalAmount"]
    assert "DR_IRELAND-ENTITY" == first["notice"]["data"]["sellingEntity"]["id"]
    assert "T1" == second["notice"]["data"]["shipment"]["trackingNumber"]


async def test_nothing_told(door: Door, records: Records, new_id: str):
    """A purchase that has nothing to tell yet has an empty list."""
    await keep(records, new_id, state=State.CHECKOUT, order=None, fulfillments=())
    reply = await door.get(f"/purchases/{new_id}/notifications")

    assert (200, []) == (reply.status, reply.json["data"])


async def test_resend(door: Door, records: Records, new_id: str):
    """An operator has a notice sent now; it stays the same notice."""
    await keep(records, new_id)
    await refuse_first(records, new_id)
    path = f"/purchases/{new_id}/notifications"
    before = (await door.get(path)).json["data"][0]
    reply = await door.send("POST", f"{path}/1/resend", scope=Scope.OPERATOR)

    assert 200 == reply.status
    assert before["notice"] == reply.json["notice"]
    assert before["nextAttempt"] > reply.json["nextAttempt"]
    assert (new_id, 1) in {
        (each.purchase_id, each.sequence) for each in await Outbox(records.engine).take(20)
    }


@pytest.mark.parametrize("sequence", ["0", "3", "one", "-1", "9" * 30, "%D9%A1"])
async def test_resend_unknown(door: Door, records: Records, new_id: str, sequence: str):
    """There is nothing to send under a number that no notice has."""
    await keep(records, new_id)
    path = f"/purchases/{new_id}/notifications/{sequence}/resend"
    reply = await door.send("POST", path, scope=Scope.OPERATOR)

    assert (404, "not-found") == (reply.status, reply.problem)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "notifications"), ("POST", "notifications/1/resend")]
)
async def test_unknown_purchase(door: Door, method: str, path: str):
    """A purchase that nobody has opened has told nobody anything."""
    reply = await door.send(method, f"/purchases/nobody/{path}", scope=Scope.OPERATOR)

    assert (404, "not-found") == (reply.status, reply.problem)


async def test_scopes(door: Door, records: Records, new_id: str):
    """To read takes a reader's key, to resend an operator's."""
    await keep(records, new_id)
    path = f"/purchases/{new_id}/notifications"

    assert 401 == (await door.get(path, scope=None)).status
    assert 403 == (await door.send("POST", f"{path}/1/resend", scope=Scope.WRITE)).status


async def test_described(door: Door, records: Records, new_id: str):
    """The list is as the API's own document says."""
    await keep(records, new_id)
    document = (await door.get("/openapi.json", scope=None)).json
    operation = document["paths"]["/purchases/{id}/notifications"]["get"]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    reply = await door.get(f"/purchases/{new_id}/notifications")
    resending = document["paths"]["/purchases/{id}/notifications/{sequence}/resend"]["post"]

    assert jsonschema_rs.is_valid({**schema, "components": document["components"]}, reply.json)
    assert ["id", "sequence"] == [each["name"] for each in resending["parameters"]]
