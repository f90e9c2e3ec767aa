import asyncio

import pytest
from temporalio.client import Client

from api import opening
from ferryman.purchase.purchase import workflow_id
from tests.api.door import Door, Reply, request


def _replays(replies: list[Reply]) -> list[str | None]:
    return sorted(str(reply.headers.get("Idempotent-Replayed")) for reply in replies)


async def test_opening(door: Door, new_id: str):
    """Of 50 who open a purchase with one key, all but the first are told that it is a repeat."""
    wanted = request(upstreamId=new_id)

    replies = await asyncio.gather(*(door.open(wanted, key=new_id) for _ in range(50)))

    assert {(reply.status, reply.body) for reply in replies} == {(201, replies[0].body)}
    assert _replays(replies) == ["None"] + ["true"] * 49


async def test_opening_that_takes_long(
    door: Door, client: Client, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """A repeat that is answered 202 is told that it is one."""
    monkeypatch.setattr(opening, "_SECONDS", 0.3)
    wanted = request(upstreamId=new_id, metadata={"plan": "late"})

    replies = [await door.open(wanted, key=new_id) for _ in range(2)]
    await client.get_workflow_handle(workflow_id(new_id)).terminate("for the test")

    assert [reply.status for reply in replies] == [202, 202]
    assert [reply.headers.get("Idempotent-Replayed") for reply in replies] == [None, "true"]
