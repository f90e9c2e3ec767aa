from typing import Any

import pytest

from tests.api.door import Door, request

CANNOT = "cannot be taken away; leave it out"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({"email": None}, [("/email", CANNOT)]),
        (
            {"locale": "de_DE", "email": None, "shipTo": None},
            [("/email", CANNOT), ("/shipTo", CANNOT)],
        ),
        ({}, [("", "nothing to change")]),
    ],
)
async def test_nothing_said(door: Door, new_id: str, body: Any, errors: list[tuple[str, str]]):
    """Nothing can be taken away or left as it is by a change: it is refused, not counted."""
    opened = await door.open(request(upstreamId=new_id))

    reply = await door.send("PATCH", f"/purchases/{new_id}", body)

    assert (reply.status, reply.problem) == (422, "invalid-request")
    assert [(each["pointer"], each["detail"]) for each in reply.json["errors"]] == errors
    assert (await door.get(f"/purchases/{new_id}")).json == opened.json


async def test_null_within(door: Door, new_id: str):
    """Within an address, which is replaced whole, a null is as good as leaving it out."""
    await door.open(request(upstreamId=new_id))
    body = {"shipTo": {"address": {"country": "DE", "line2": None}}}

    assert (await door.send("PATCH", f"/purchases/{new_id}", body)).status == 200
