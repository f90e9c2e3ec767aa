import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from temporalio.client import Client

from api import acts, opening
from api.acts import Act
from api.keys import ACTING
from ferryman.purchase.messages import Submission
from ferryman.purchase.purchase import Purchase, workflow_id
from ferryman.purchase.rules import Call
from ferryman.records import Records
from tests.api.door import Door, Reply, request
from tests.api.stand_in import Books


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


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def _submit(door: Door, purchase_id: str, **more: Any) -> Reply:
    body = {"termsAccepted": True, **more}
    return await door.send("POST", f"/purchases/{purchase_id}/submit", body)


async def test_identical_calls(
    door: Door, client: Client, books: Books, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """However many submit in the same words at once, all are answered as one submission."""
    read: list[str] = []
    get = Records.get

    async def counted(records: Records, purchase_id: str) -> Purchase | None:
        found = await get(records, purchase_id)
        read.append(purchase_id)
        return found

    await door.open(request(upstreamId=new_id))
    await client.get_workflow_handle(workflow_id(new_id)).execute_update(
        "behave", {"submit": "hang"}
    )

    monkeypatch.setattr(Records, "get", counted)
    waiting = [asyncio.create_task(_submit(door, new_id)) for _ in range(20)]
    await _until(lambda: len(read) >= 20)
    await client.get_workflow_handle(workflow_id(new_id)).execute_update(
        "behave", {"submit": "done"}
    )
    replies = await asyncio.gather(*waiting)

    assert {(reply.status, reply.body) for reply in replies} == {(200, replies[0].body)}
    assert [call for each, call, _ in books.calls if each == new_id] == ["submit"]


async def test_refusal_of_identical_calls(door: Door, client: Client, new_id: str):
    """What one of them is refused with, all are refused with."""
    await door.open(request(upstreamId=new_id))
    await client.get_workflow_handle(workflow_id(new_id)).execute_update(
        "behave", {"submit": "declined"}
    )

    replies = await asyncio.gather(*(_submit(door, new_id) for _ in range(20)))

    assert {(reply.status, reply.problem) for reply in replies} == {(409, "declined")}


async def test_one_who_leaves(
    door: Door, client: Client, books: Books, records: Records, new_id: str
):
    """Whoever asked first may leave: the others are answered all the same."""
    await door.open(request(upstreamId=new_id))
    handle = client.get_workflow_handle(workflow_id(new_id))
    await handle.execute_update("behave", {"submit": "hang"})
    purchase = await records.get(new_id)
    assert purchase is not None
    act = Act(Call.SUBMIT, Submission(terms_accepted=True), ("the same",))
    first, second = [
        asyncio.create_task(door.api.app[ACTING].perform(purchase, act)) for _ in range(2)
    ]
    await _until(lambda: any(each == new_id for each, _, _ in books.calls))

    first.cancel()
    await handle.execute_update("behave", {"submit": "done"})

    assert (await second).status == 200
    assert first.cancelled()


async def test_different_calls(
    door: Door, client: Client, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """Calls in different words are calls of their own, and only so many are taken at once."""
    monkeypatch.setattr(acts, "_SECONDS", 0.5)
    await door.open(request(upstreamId=new_id))
    handle = client.get_workflow_handle(workflow_id(new_id))
    await handle.execute_update("behave", {"submit": "hang"})

    replies = await asyncio.gather(
        *(_submit(door, new_id, sourceId=f"source-{number % 12}") for number in range(24))
    )
    again = await asyncio.gather(*(_submit(door, new_id, sourceId="source-0") for _ in range(12)))
    await handle.execute_update("behave", {"submit": "done"})

    assert sorted(reply.status for reply in replies) == [202] * 16 + [429] * 8
    assert {reply.status for reply in again} == {202}
