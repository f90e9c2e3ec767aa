import asyncio
import json
import uuid

import pytest
from temporalio.client import Client

from api import opening
from ferryman.purchase.purchase import workflow_id
from tests.api.door import Door, request
from tests.api.stand_in import Books


async def test_created(door: Door, new_id: str):
    """A new purchase is answered with 201, its place and itself."""
    reply = await door.open(request(upstreamId=new_id))

    assert reply.status == 201
    assert reply.headers["Location"] == f"/purchases/{new_id}"
    assert "Idempotent-Replayed" not in reply.headers
    assert reply.json["id"] == new_id
    assert reply.json["state"] == "checkout"
    assert reply.json["checkout"]["id"] == f"checkout-{new_id}"


async def test_made_up_id(door: Door):
    """Without an order number of the merchant's the purchase gets an id of its own."""
    one, other = [(await door.open(request())).json["id"] for _ in range(2)]

    assert one != other
    assert len(one) == 21
    assert (await door.get(f"/purchases/{one}")).status == 200


async def test_replay(door: Door, new_id: str):
    """The same key and body get the first answer byte for byte, whatever has become of it."""
    first = await door.open(request(upstreamId=new_id), key=new_id)
    await door.send("PATCH", f"/purchases/{new_id}", {"email": "erika@example.com"})

    again = await door.open(request(upstreamId=new_id), key=new_id)

    assert (await door.get(f"/purchases/{new_id}")).json["version"] > first.json["version"]
    assert (again.status, again.body) == (201, first.body)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.headers["Location"] == first.headers["Location"]


async def test_same_body_written_otherwise(door: Door, new_id: str):
    """Spaces, the order of keys and 1.0 for 1 do not make another body."""
    wanted = request(upstreamId=new_id)
    first = await door.open(wanted, key=new_id)
    text = json.dumps(dict(reversed(wanted.items())), indent=2).replace("9.99", "9.990")

    again = await door.send(
        "POST", "/purchases", data=text.encode(), headers={"Idempotency-Key": new_id}
    )

    assert again.body == first.body


async def test_other_body(door: Door, new_id: str):
    """A key that came with another body is refused."""
    await door.open(request(upstreamId=new_id), key=new_id)

    reply = await door.open(request(upstreamId=new_id, email="erika@example.com"), key=new_id)

    assert (reply.status, reply.problem) == (422, "idempotency-key-reused")


async def test_order_number_taken(door: Door, new_id: str):
    """An order number that another purchase has is a conflict."""
    await door.open(request(upstreamId=new_id))

    reply = await door.open(request(upstreamId=new_id))

    assert (reply.status, reply.problem) == (409, "conflict")


@pytest.mark.parametrize("key", [None, "", " ", "x" * 256, "ключ", "a\tb"])
async def test_bad_keys(door: Door, key: str | None):
    """Without a printable key of 1 to 255 characters nothing is opened."""
    headers = {} if key is None else {"Idempotency-Key": key}

    reply = await door.send("POST", "/purchases", request(), headers=headers)

    assert (reply.status, reply.problem) == (400, "invalid-request")


@pytest.mark.parametrize("key", ["x", "x" * 255, '~ !"#,;'])
async def test_good_keys(door: Door, key: str):
    """Every printable character may stand in a key."""
    assert (await door.open(request(), key=key + uuid.uuid4().hex[: 255 - len(key)])).status == 201


async def test_two_hundred_at_once(door: Door, books: Books, new_id: str):
    """However many ask at once with one key, there is one purchase and one answer."""
    wanted = request(metadata={"batch": new_id})

    replies = await asyncio.gather(*(door.open(wanted, key=new_id) for _ in range(200)))

    begun = [each for each in books.begun if (each.request.metadata or {}).get("batch") == new_id]
    assert {reply.status for reply in replies} == {201}
    assert len({reply.body for reply in replies}) == 1
    assert [each.id for each in begun] == [replies[0].json["id"]]


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"currency": None}, ["/currency"]),
        ({"currency": "XXX"}, ["/currency"]),
        ({"taxInclusive": "yes"}, ["/taxInclusive"]),
        ({"colour": "blue", "size": 3}, ["/colour", "/size"]),
        ({"items": []}, ["/items"]),
        ({"items": [{"lineId": "1", "skuId": "a", "price": 1}]}, ["/items/0/quantity"]),
        (
            {"items": [{"lineId": "1", "skuId": "a", "quantity": 1, "price": 1, "colour": 1}]},
            ["/items/0/colour"],
        ),
        (
            {"items": [{"lineId": "1", "skuId": "a", "quantity": 1, "price": 1.005}]},
            ["/items/0/price"],
        ),
        (
            {"items": [{"lineId": "1", "skuId": "a", "quantity": 1, "price": "1.00"}]},
            ["/items/0/price"],
        ),
        (
            {"items": [{"lineId": "1", "skuId": "a", "quantity": 1, "aggregatePrice": "1"}]},
            ["/items/0/aggregatePrice"],
        ),
        ({"shippingChoice": {"amount": "5.00"}}, ["/shippingChoice/amount"]),
        ({"discount": {"amountOff": "1.00"}}, ["/discount/amountOff"]),
        (
            {"items": [{"lineId": "1", "skuId": "a", "quantity": 1, "price": 1}] * 2},
            ["/items/1/lineId"],
        ),
        ({"shipTo": {"address": {"country": "Germany"}}}, ["/shipTo/address/country"]),
        ({"metadata": {"a/b": []}}, ["/metadata/a~1b"]),
        ({"upstreamId": "a b"}, ["/upstreamId"]),
    ],
)
async def test_wrong_requests(door: Door, changes: dict[str, object], pointers: list[str]):
    """What is well-formed but wrong is answered with the place of every error."""
    reply = await door.open(request(**changes))

    assert (reply.status, reply.problem) == (422, "invalid-request")
    assert reply.pointers == pointers


async def test_not_ready_in_time(
    door: Door, client: Client, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """A checkout that takes long: 202, again 202, and once it stands 201, the same ever after."""
    monkeypatch.setattr(opening, "_SECONDS", 0.3)
    wanted = request(upstreamId=new_id, metadata={"plan": "late"})

    first = await door.open(wanted, key=new_id)
    second = await door.open(wanted, key=new_id)
    handle = client.get_workflow_handle(workflow_id(new_id))
    await handle.execute_update("behave", {"plan": "ready"})
    await handle.execute_update("checkout")
    third = await door.open(wanted, key=new_id)
    fourth = await door.open(wanted, key=new_id)

    assert [first.status, second.status, third.status, fourth.status] == [202, 202, 201, 201]
    assert first.json["checkout"] is None
    assert first.headers["Location"] == f"/purchases/{new_id}"
    assert third.json["checkout"]["id"] == f"checkout-{new_id}"
    assert third.headers["Idempotent-Replayed"] == "true"
    assert fourth.body == third.body


async def test_refused_checkout(door: Door, new_id: str):
    """What Digital River refuses is 422 with its parameter, each time until it is mended."""
    wanted = request(upstreamId=new_id, metadata={"plan": "refused"})

    first = await door.open(wanted, key=new_id)
    second = await door.open(wanted, key=new_id)
    waiting = await door.get(f"/purchases/{new_id}")
    await door.send("PATCH", f"/purchases/{new_id}", {"email": "erika@example.com"})
    mended = await door.open(wanted, key=new_id)

    assert (first.status, first.pointers) == (422, ["/items/0/skuId"])
    assert first.headers["Location"] == f"/purchases/{new_id}"
    assert (second.status, second.pointers) == (422, ["/items/0/skuId"])
    assert (waiting.json["state"], waiting.json["checkout"]) == ("checkout", None)
    assert (mended.status, mended.json["checkout"]["id"]) == (201, f"mended-{new_id}")


async def test_ended_before_it_was_asked(
    door: Door, client: Client, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """A purchase that ended without a checkout is answered from its record, not opened again."""
    monkeypatch.setattr(opening, "_SECONDS", 0.3)
    wanted = request(upstreamId=new_id, metadata={"plan": "late"})
    await door.open(wanted, key=new_id)
    handle = client.get_workflow_handle(workflow_id(new_id))
    run = (await handle.describe()).run_id
    await handle.terminate("for the test")

    reply = await door.open(wanted, key=new_id)

    assert (reply.status, reply.json["id"]) == (201, new_id)
    assert (await handle.describe()).run_id == run
