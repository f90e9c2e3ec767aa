"""Returns over HTTP, with a real worker and the real sandbox behind the API."""

import pytest

from tests.api.test_refunds import (  # noqa: F401 - fixtures
    database_url,
    front,
    sandbox_url,
    settle_time,
    shop,
    shopper,
)

BODY = {
    "returnId": "b-1",
    "items": [{"lineId": "1", "quantity": 1}, {"lineId": "2", "quantity": 3}],
    "reason": "wrong size",
}


def returns(shopper):  # noqa: F811 - the fixture
    """The path of a purchase's returns."""
    return f"/purchases/{shopper.id}/returns"


async def test_goods_come_back_line_by_line(front, shopper):  # noqa: F811 - the fixtures
    """Announced, accepted in part, then wholly; each answer is what is read afterwards."""
    made = await front.send("POST", returns(shopper), BODY)
    path = made.headers["Location"]
    again = await front.send("POST", returns(shopper), BODY)
    part = await front.send("POST", f"{path}/accept", {"items": [{"lineId": "2"}]})
    whole = await front.send("POST", f"{path}/accept")
    repeated = await front.send("POST", f"{path}/accept", {"items": [{"lineId": "1"}]})
    read = await front.get(path)
    listed = await front.get(returns(shopper))

    assert [201, 201, 200, 200, 200] == [
        each.status for each in (made, again, part, whole, repeated)
    ]
    assert ("created", "created", "accepted") == (
        made.json["state"],
        part.json["state"],
        whole.json["state"],
    )
    assert [False, True] == [item["accepted"] for item in part.json["items"]]
    assert whole.json == repeated.json == read.json
    assert {"hasMore": False, "data": [read.json]} == listed.json


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"items": [{"lineId": "1", "quantity": 3}]}, "/items/0/quantity"),
        ({"items": [{"lineId": "9", "quantity": 1}]}, "/items/0/lineId"),
        ({"items": []}, "/items"),
        ({"location": {"name": "Lager"}}, "/location/address"),
        ({"returnId": "a b"}, "/returnId"),
    ],
)
async def test_what_cannot_be_is_refused_at_its_field(front, shopper, changes, pointer):  # noqa: F811 - the fixtures
    """Each refusal points at what is wrong, and leaves nothing behind."""
    reply = await front.send("POST", returns(shopper), {**BODY, **changes})

    assert (422, [pointer]) == (reply.status, reply.pointers)
    assert [] == (await front.get(returns(shopper))).json["data"]


async def test_acceptance_of_what_is_not_there(front, shopper):  # noqa: F811 - the fixtures
    """An unknown return, an unknown line and a part of a line are told apart."""
    unknown = await front.send("POST", f"{returns(shopper)}/nothing/accept")
    path = (await front.send("POST", returns(shopper), BODY)).headers["Location"]
    line = await front.send("POST", f"{path}/accept", {"items": [{"lineId": "9"}]})
    part = {"items": [{"lineId": "2", "quantity": 1}]}
    some = await front.send("POST", f"{path}/accept", part)
    other = await front.send("POST", returns(shopper), {**BODY, "reason": "late"})

    assert [404, 422, 422, 422] == [each.status for each in (unknown, line, some, other)]
    assert (["/items/0/lineId"], ["/items/0/quantity"], ["/returnId"]) == (
        line.pointers,
        some.pointers,
        other.pointers,
    )


async def test_dispute_holds_what_is_announced(front, shopper):  # noqa: F811 - the fixtures
    """202 while it is held; what is held cannot be accepted."""
    await shopper.at_provider("dispute")
    held = await front.send("POST", returns(shopper), BODY)
    accepting = await front.send("POST", f"{held.headers['Location']}/accept")

    assert (202, "held") == (held.status, held.json["state"])
    assert (409, "conflict") == (accepting.status, accepting.problem)
    assert "held" in accepting.json["detail"]
