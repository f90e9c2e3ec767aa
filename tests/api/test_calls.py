import asyncio
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from api import acts
from ferryman.purchase.purchase import (
    CancellationWish,
    Fulfillment,
    Party,
    Purchase,
    ShippedItem,
)
from ferryman.purchase.states import State
from ferryman.records import Records
from tests.api.door import Door, Told
from tests.api.stand_in import Books

SHIPMENT = {"shipmentId": "parcel-1", "items": [{"lineId": "1", "quantity": 1}]}
CANCELLATION = {"items": [{"lineId": "1", "quantity": 1}], "reason": "not wanted"}
INVALID = [{"pointer": "/items/0/quantity", "detail": "only 1 open"}]
CALLS: dict[str, tuple[str, str, Any]] = {
    "patch": ("PATCH", "", {"email": "erika@example.com"}),
    "source": ("PUT", "/source", {"sourceId": "src-1", "saveForFuture": True}),
    "submit": ("POST", "/submit", {"termsAccepted": True}),
    "refresh": ("POST", "/refresh", {}),
    "fulfillments": ("POST", "/fulfillments", SHIPMENT),
    "cancel": ("POST", "/cancel", CANCELLATION),
}
every_call = pytest.mark.parametrize("call", CALLS)


async def _call(door: Door, purchase_id: str, call: str, **options: Any) -> Any:
    method, path, body = CALLS[call]
    return await door.send(method, f"/purchases/{purchase_id}{path}", body, **options)


def _heard(books: Books, purchase_id: str) -> list[str]:
    return [call for each, call, _ in books.calls if each == purchase_id]


def _purchase(purchase_id: str, state: State, **changes: Any) -> Purchase:
    now = datetime.now(UTC)
    return Purchase(
        id=purchase_id,
        state=state,
        version=7,
        created_time=now,
        updated_time=now,
        items=(),
        **changes,
    )


def _parcel(state: str) -> Fulfillment:
    return Fulfillment(
        shipment_id="parcel-1",
        items=(ShippedItem(line_id="1", quantity=1),),
        state=state,
        created_time=datetime.now(UTC),
    )


@every_call
async def test_done(door: Door, told: Told, books: Books, new_id: str, call: str):
    """A call is carried to the workflow and answered with the purchase as it is then."""
    await told()
    before = (await door.get(f"/purchases/{new_id}")).json["version"]

    reply = await _call(door, new_id, call)

    assert reply.status == 200
    assert reply.json["id"] == new_id
    assert reply.json["version"] > before
    assert _heard(books, new_id) == [call]


@every_call
@pytest.mark.parametrize("purchase_id", ["unknown", "a%2Fb", "%00", "x" * 65, "ä", "..%2F.."])
async def test_unknown(door: Door, call: str, purchase_id: str):
    """No purchase, no call; an id that none can have is as unknown as any."""
    reply = await _call(door, purchase_id, call)

    assert (reply.status, reply.problem) == (404, "not-found")


@every_call
async def test_not_known_in_time(
    door: Door, told: Told, new_id: str, call: str, monkeypatch: pytest.MonkeyPatch
):
    """An outcome that is not known in time is 202 with the purchase so far."""
    monkeypatch.setattr(acts, "_SECONDS", 0.4)
    await told(**{call: "hang"})

    reply = await _call(door, new_id, call)
    await told(**{call: "done"})

    assert (reply.status, reply.json["id"]) == (202, new_id)


async def test_both_tries_share_the_time(
    door: Door, told: Told, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """What was refused late and is asked once more has only the rest of the time."""
    monkeypatch.setattr(acts, "_SECONDS", 3)
    await told(submit="refuse_late")

    began = time.monotonic()
    reply = await _call(door, new_id, "submit")
    took = time.monotonic() - began
    await told(submit="done")

    assert reply.status == 202
    assert took < 4


@pytest.mark.parametrize("call", [each for each in CALLS if each != "refresh"])
async def test_repeat_of_what_is_under_way(
    door: Door, told: Told, books: Books, new_id: str, call: str, monkeypatch: pytest.MonkeyPatch
):
    """A repeat joins the call that is under way and gets its answer."""
    monkeypatch.setattr(acts, "_SECONDS", 0.4)
    await told(**{call: "hang"})

    first = await _call(door, new_id, call)
    repeat = asyncio.create_task(_call(door, new_id, call))
    await told(**{call: "done"})

    assert (first.status, (await repeat).status) == (202, 200)
    assert _heard(books, new_id) == [call]


@every_call
@pytest.mark.parametrize(
    ("behaviour", "expected"),
    [
        ("not_allowed", (409, "conflict", "{call} is not possible now", None)),
        ("invalid", (422, "invalid-request", "/items/0/quantity: only 1 open", INVALID)),
        ("declined", (409, "declined", "Your card was declined.", None)),
    ],
)
async def test_refused(
    door: Door, told: Told, new_id: str, call: str, behaviour: str, expected: tuple[Any, ...]
):
    """What the workflow refuses is told in its own words."""
    await told(**{call: behaviour})

    reply = await _call(door, new_id, call)

    status, problem, detail, errors = expected
    assert (reply.status, reply.problem) == (status, problem)
    assert reply.json["detail"] == detail.format(call=call)
    assert reply.json.get("errors") == errors


@pytest.mark.parametrize(
    ("call", "body", "pointers"),
    [
        ("patch", {"currency": "USD"}, ["/currency"]),
        ("patch", {"items": []}, ["/items"]),
        ("patch", [], [""]),
        ("source", {}, ["/sourceId"]),
        ("source", {"sourceId": "a b"}, ["/sourceId"]),
        ("submit", {}, ["/termsAccepted"]),
        ("submit", {"termsAccepted": False}, ["/termsAccepted"]),
        ("submit", {"termsAccepted": True, "coupon": "x"}, ["/coupon"]),
        ("refresh", {"x": 1}, ["/x"]),
        ("fulfillments", {"shipmentId": "s", "items": []}, ["/items"]),
        ("fulfillments", {"shipmentId": "s", "items": [{"lineId": "1"}]}, ["/items/0"]),
        (
            "fulfillments",
            {"shipmentId": "s", "items": [{"lineId": "1", "quantity": -1}]},
            ["/items/0/quantity"],
        ),
        ("fulfillments", {**SHIPMENT, "shipmentId": "digital"}, ["/shipmentId"]),
        ("fulfillments", {**SHIPMENT, "shipmentId": "cancel-0123456789abcdef"}, ["/shipmentId"]),
        ("fulfillments", {**SHIPMENT, "shipmentId": "wind-up-1234"}, ["/shipmentId"]),
        ("cancel", {"reason": "x", "key": "k"}, ["/key"]),
        ("cancel", {}, ["/reason"]),
        ("cancel", {"reason": "x" * 201}, ["/reason"]),
        ("cancel", {"reason": "x", "by": "bank"}, ["/by"]),
        (
            "cancel",
            {"reason": "x", "items": [{"lineId": "1", "quantity": 1.5}]},
            ["/items/0/quantity"],
        ),
    ],
)
async def test_wrong_bodies(door: Door, call: str, body: Any, pointers: list[str]):
    """A body that is wrong in itself never reaches the workflow."""
    method, path, _ = CALLS[call]

    reply = await door.send(method, f"/purchases/unknown{path}", body)

    assert (reply.status, reply.pointers) == (422, pointers)


async def test_refresh_without_a_body(door: Door, told: Told, new_id: str):
    """There is nothing to say about a refresh."""
    await told()

    assert (await door.send("POST", f"/purchases/{new_id}/refresh")).status == 200


async def test_refresh_is_anew_each_time(door: Door, told: Told, books: Books, new_id: str):
    """Each refresh looks again."""
    await told()

    for _ in range(3):
        await _call(door, new_id, "refresh")

    assert _heard(books, new_id) == ["refresh"] * 3


async def test_identical_cancellations_are_one(door: Door, told: Told, books: Books, new_id: str):
    """The same body is the same cancellation, whatever happened in between."""
    await told()

    replies = [await _call(door, new_id, "cancel") for _ in range(3)]

    assert [reply.status for reply in replies] == [200] * 3
    assert _heard(books, new_id) == ["cancel"]


async def test_keys_tell_cancellations_apart(door: Door, told: Told, books: Books, new_id: str):
    """Where keys are given, they say which cancellations are the same."""
    await told()

    for key in ("a", "a", "b"):
        await _call(door, new_id, "cancel", headers={"Idempotency-Key": key})

    assert _heard(books, new_id) == ["cancel"] * 2
    assert 2 == len({argument["key"] for each, _, argument in books.calls if each == new_id})


async def test_cancellation_refused_in_a_passing_state(
    door: Door, told: Told, books: Books, new_id: str
):
    """A refusal is not remembered for longer than the state that it was for."""
    await told(cancel="not_allowed", state="disputed")
    refused = await _call(door, new_id, "cancel")
    await told(cancel="done", state="accepted")

    reply = await _call(door, new_id, "cancel")

    assert (refused.status, reply.status) == (409, 200)
    assert _heard(books, new_id) == ["cancel"] * 2


@pytest.mark.parametrize("call", ["cancel", "fulfillments"])
async def test_remembered(door: Door, told: Told, records: Records, new_id: str, call: str):
    """What is only remembered is 202 while it shows in the record as a wish or as held."""
    await told(**{call: "remember"})
    wish = CancellationWish(by=Party.CUSTOMER, reason="not wanted", since=datetime.now(UTC))
    shown: dict[str, Any] = (
        {"cancellation": wish} if call == "cancel" else {"fulfillments": (_parcel("held"),)}
    )
    view = _purchase(new_id, State.IN_REVIEW, **shown).model_copy(update={"version": 90})
    await records.save(view, [])

    first = await _call(door, new_id, call)
    done = {"cancellation": None, "fulfillments": (_parcel("shipped"),), "version": 91}
    await records.save(view.model_copy(update=done), [])
    later = await _call(door, new_id, call)

    assert (first.status, later.status) == (202, 200)


@pytest.mark.parametrize("state", list(State))
async def test_known_shipment(
    door: Door, records: Records, books: Books, new_id: str, state: State
):
    """A shipment that is known changes nothing, whatever the state."""
    await records.save(_purchase(new_id, state, fulfillments=(_parcel("shipped"),)), [])

    reply = await _call(door, new_id, "fulfillments")

    assert (reply.status, reply.json["version"]) == (200, 7)
    assert _heard(books, new_id) == []


@pytest.mark.parametrize(
    ("state", "already"),
    [
        (State.BLOCKED, {"refresh"}),
        (State.CANCELLED, {"refresh", "cancel"}),
        (State.EXPIRED, {"refresh"}),
        # These have no workflow any more either, once all is done.
        (State.COMPLETE, {"refresh", "submit"}),
        (State.RETURNED, {"refresh", "submit"}),
    ],
)
@every_call
async def test_after_the_end(
    door: Door, records: Records, new_id: str, call: str, state: State, already: set[str]
):
    """Without a workflow the record says what a call comes to."""
    await records.save(_purchase(new_id, state), [])

    reply = await _call(door, new_id, call)

    assert reply.status == (200 if call in already else 409)
    if reply.status == 409:
        left = "refunds, returns" if state is State.COMPLETE else "nothing"
        assert reply.problem == "conflict"
        assert f"while the purchase is {state}; allowed: {left}" in reply.json["detail"]


async def test_final_but_running(door: Door, told: Told, books: Books, new_id: str):
    """A purchase at its end is not asked any more, though its workflow may still wind up."""
    await told(state="cancelled")

    reply = await _call(door, new_id, "cancel")

    assert (reply.status, reply.json["state"]) == (200, "cancelled")
    assert _heard(books, new_id) == []


async def test_ended_meanwhile(door: Door, told: Told, books: Books, new_id: str):
    """A workflow that ends during a call leaves the answer to the record."""
    await told(refresh="hang", state="complete")
    call = asyncio.create_task(_call(door, new_id, "refresh"))
    async with asyncio.timeout(5):
        while not _heard(books, new_id):
            await asyncio.sleep(0.01)

    await told(plan="ends")

    assert (await call).status == 200
    assert (await call).json["state"] == "complete"


async def test_workflow_lost(door: Door, records: Records, new_id: str):
    """A purchase whose workflow is gone although its state is not final takes no calls."""
    await records.save(_purchase(new_id, State.ACCEPTED), [])

    reply = await _call(door, new_id, "cancel")

    said = "cancel is not possible: the purchase is accepted and its workflow has ended"
    assert (reply.status, reply.problem, reply.json["detail"]) == (409, "conflict", said)


async def test_too_many_at_once(
    door: Door, told: Told, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """Beyond a few calls in flight for one purchase a call is answered with 429 at once."""
    monkeypatch.setattr(acts, "_SECONDS", 0.5)
    await told(refresh="hang")

    replies = await asyncio.gather(*(_call(door, new_id, "refresh") for _ in range(12)))
    await told(refresh="done")

    statuses = sorted(reply.status for reply in replies)
    assert statuses == [202] * 8 + [429] * 4
    assert {reply.headers["Retry-After"] for reply in replies if reply.status == 429} == {"1"}
