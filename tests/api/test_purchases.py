from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ferryman.purchase.purchase import Attention, Purchase
from ferryman.purchase.states import State
from ferryman.purchase.timeline import EntryKind, TimelineEntry
from ferryman.records import Records
from ferryman.setting_types import Scope
from tests.api.door import Door

LATER = datetime(2100, 1, 1, tzinfo=UTC)
"""After all that other tests keep, so that these purchases are the newest."""


def _purchase(purchase_id: str, minute: int, **changes: Any) -> Purchase:
    moment = LATER + timedelta(minutes=minute)
    return Purchase(
        **{
            "id": purchase_id,
            "state": State.CHECKOUT,
            "version": 1,
            "created_time": moment,
            "updated_time": moment,
            "items": (),
            **changes,
        }
    )


@pytest.fixture(scope="module")
async def kept(records: Records) -> list[str]:
    """Five purchases, the newest first."""
    attention = Attention(reason="capture_failed", since=LATER)
    purchases = [
        _purchase("list-1", 1, state=State.BLOCKED),
        _purchase("list-2", 2),
        _purchase("list-3", 3, state=State.BLOCKED, needs_attention=attention),
        _purchase("list-4", 4),
        _purchase("list-5", 5, state=State.BLOCKED),
    ]
    for purchase in purchases:
        await records.save(purchase, [])
    return [purchase.id for purchase in reversed(purchases)]


async def test_one(door: Door, records: Records, new_id: str):
    """A purchase is read from the record, all of its parts named as the contract names them."""
    await records.save(_purchase(new_id, -1), [])

    reply = await door.get(f"/purchases/{new_id}")

    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json")
    assert set(reply.json) >= {
        "id",
        "state",
        "reason",
        "version",
        "createdTime",
        "updatedTime",
        "customerMessage",
        "waitingFor",
        "needsAttention",
        "checkout",
        "order",
        "nextAction",
        "paymentDeadline",
        "items",
        "fulfillments",
        "refunds",
        "documents",
    }


@pytest.mark.parametrize("path", ["", "/timeline"])
@pytest.mark.parametrize("purchase_id", ["nobody", "%00", "a%2Fb", "x" * 65, "%FF"])
async def test_unknown(door: Door, purchase_id: str, path: str):
    """What nobody has opened is not found, of whatever shape its id is."""
    reply = await door.get(f"/purchases/{purchase_id}{path}")

    assert (reply.status, reply.problem) == (404, "not-found")


@pytest.mark.parametrize("purchase_id", ["%00", "a%2Fb", "x" * 65, "%FF", "ä"])
async def test_impossible_ids_are_not_looked_up(
    door: Door, monkeypatch: pytest.MonkeyPatch, purchase_id: str
):
    """An id that no purchase can have never comes near the database, which may choke on it."""

    async def get(*_: object) -> None:
        raise AssertionError("looked up")

    monkeypatch.setattr(Records, "get", get)

    assert (await door.get(f"/purchases/{purchase_id}")).status == 404


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ("limit=3", [5, 4, 3]),
        ("limit=3&startingAfter=list-4", [3, 2, 1]),
        ("state=blocked&limit=3", [5, 3, 1]),
        ("needsAttention=true&limit=1", [3]),
        ("needsAttention=false&limit=4", [5, 4, 2, 1]),
        ("state=blocked&needsAttention=false&limit=2&startingAfter=", [5, 1]),
    ],
)
async def test_list(door: Door, kept: list[str], query: str, numbers: list[int]):
    """Lists are filtered, newest first, and go on after the last one seen."""
    del kept

    reply = await door.get(f"/purchases?{query}")

    assert [each["id"] for each in reply.json["data"]] == [f"list-{each}" for each in numbers]


async def test_pages_join(door: Door, kept: list[str]):
    """Page after page gives every purchase once, and the last one says that it is."""
    seen: list[str] = []
    path = "/purchases?limit=2"
    more = True
    while more:
        page = (await door.get(path)).json
        seen += [each["id"] for each in page["data"]]
        path, more = f"/purchases?limit=2&startingAfter={seen[-1]}", page["hasMore"]

    assert seen[:5] == kept
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "/limit"),
        ("limit=101", "/limit"),
        ("limit=ten", "/limit"),
        ("limit=1.5", "/limit"),
        ("limit=%D9%A3", "/limit"),
        ("limit=" + "9" * 5000, "/limit"),
        ("state=asleep", "/state"),
        ("needsAttention=perhaps", "/needsAttention"),
        ("startingAfter=nobody", "/startingAfter"),
        ("startingAfter=%00", "/startingAfter"),
        ("colour=blue", "/colour"),
        ("limit=1&limit=2", "/limit"),
    ],
)
async def test_wrong_queries(door: Door, query: str, pointer: str):
    """What a list cannot be asked is answered with the parameter's name."""
    reply = await door.get(f"/purchases?{query}")

    assert (reply.status, reply.problem, reply.pointers) == (422, "invalid-request", [pointer])


@pytest.mark.parametrize(
    ("scope", "detail"),
    [
        (Scope.READ, {"message": "Declined.", "charge": {"id": "c1"}, "tries": [{"n": 1}]}),
        (Scope.WRITE, {"message": "Declined.", "charge": {"id": "c1"}, "tries": [{"n": 1}]}),
        (
            Scope.OPERATOR,
            {
                "message": "Declined.",
                "code": "failed-request",
                "charge": {"id": "c1", "failureCode": "do_not_honor"},
                "tries": [{"n": 1, "code": "x"}],
            },
        ),
    ],
)
async def test_timeline(
    door: Door, records: Records, new_id: str, scope: Scope, detail: dict[str, Any]
):
    """A timeline is oldest first; Digital River's codes are for operators alone."""
    told = {
        "message": "Declined.",
        "code": "failed-request",
        "charge": {"id": "c1", "failureCode": "do_not_honor"},
        "tries": [{"n": 1, "code": "x"}],
    }
    entries = [
        TimelineEntry(sequence=number, time=LATER, kind=EntryKind.STEP, name="tried", detail=told)
        for number in (2, 1)
    ]
    await records.save(_purchase(new_id, -1), entries)

    reply = await door.get(f"/purchases/{new_id}/timeline", scope)

    assert reply.json == {
        "hasMore": False,
        "data": [
            {
                "sequence": number,
                "time": "2100-01-01T00:00:00.000Z",
                "kind": "step",
                "name": "tried",
                "detail": detail,
            }
            for number in (1, 2)
        ],
    }
