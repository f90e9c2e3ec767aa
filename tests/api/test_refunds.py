"""Refunds over HTTP, with a real worker and the real sandbox behind the API."""

import asyncio

import pytest

from api import after_sale
from ferryman.setting_types import Scope
from tests.api.door import Wanted, opened, settings
from tests.workflows.conftest import (  # noqa: F401 - fixtures
    database_url,
    sandbox_url,
    settle_time,
    shop,
)

BODY = {"refundId": "r-1", "amount": 4.5, "reason": "broken"}


@pytest.fixture
async def front(shop, tmp_path):  # noqa: F811 - the fixture
    """The API before the shop's worker."""
    told = settings(Wanted(task_queue=shop.task_queue), tmp_path / "unused.db")
    async with opened(told, shop.temporal.client, shop.records) as door:
        yield door


@pytest.fixture
async def shopper(shop):  # noqa: F811 - the fixture
    """A purchase of which everything is shipped and captured."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shopper.settled_as("complete")
    return shopper


def refunds(shopper):
    """The path of a purchase's refunds."""
    return f"/purchases/{shopper.id}/refunds"


async def test_refund_is_made_shown_and_listed(front, shopper):
    """201 with the refund and where it is; it is read there and in the list at once."""
    reply = await front.send("POST", refunds(shopper), BODY)
    one = await front.get(reply.headers["Location"])
    listed = await front.get(refunds(shopper))

    assert (201, "pending", 4.5) == (reply.status, reply.json["state"], reply.json["amount"])
    assert reply.json == one.json
    assert {"hasMore": False, "data": [one.json]} == listed.json


async def test_same_refund_again_changes_nothing(front, shopper):
    """The same id and body give the same refund again, also while the first is under way."""
    path = refunds(shopper)
    first = await asyncio.gather(*(front.send("POST", path, BODY) for _ in range(20)))
    again = await front.send("POST", path, {**BODY, "amount": 4.50})
    other = await front.send("POST", path, {**BODY, "amount": 5})

    assert {201} == {each.status for each in (*first, again)}
    assert 1 == len({each.json["id"] for each in (*first, again)})
    assert (422, ["/refundId"]) == (other.status, other.pointers)
    assert 1 == len((await shopper.ledger())["refunds"])


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amount": 1000}, "/amount"),
        ({"amount": 4.505}, "/amount"),
        ({"amount": None, "percent": 0}, "/percent"),
        ({"amount": None, "percent": 50, "type": "tax"}, "/percent"),
        ({"amount": None, "items": [{"lineId": "1", "quantity": 3}]}, "/items/0/quantity"),
        ({"amount": None, "items": [{"lineId": "9", "amount": 1}]}, "/items/0/lineId"),
        ({"reason": ""}, "/reason"),
        ({"colour": "blue"}, "/colour"),
        ({"refundId": "."}, "/refundId"),
    ],
)
async def test_what_cannot_be_is_refused_at_its_field(front, shopper, changes, pointer):
    """Each refusal points at what is wrong, and leaves nothing behind."""
    body = {name: value for name, value in {**BODY, **changes}.items() if value is not None}
    reply = await front.send("POST", refunds(shopper), body)

    assert (422, "invalid-request", [pointer]) == (reply.status, reply.problem, reply.pointers)
    assert [] == (await front.get(refunds(shopper))).json["data"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"amount": 4.505}, "/amount"),
        ({"amount": None, "percent": 50, "type": "tax"}, "/percent"),
        ({"amount": None, "items": [{"lineId": "1", "quantity": 9}]}, "/items/0/quantity"),
        ({"amount": None, "items": [{"lineId": "9", "amount": 1}]}, "/items/0/lineId"),
    ],
)
async def test_slip_is_refused_without_digital_river(front, shopper, changes, pointer):
    """While Digital River does not answer, what is wrong in itself is no refund that fails."""
    await shopper.fault(method="GET", path="/orders/*", kind="status", status=503, times=0)
    body = {name: value for name, value in {**BODY, **changes}.items() if value is not None}
    reply = await front.send("POST", refunds(shopper), body)

    assert (422, [pointer]) == (reply.status, reply.pointers)
    assert [] == (await front.get(refunds(shopper))).json["data"]


async def test_refused_refund_may_be_asked_for_again(front, shopper):
    """An id that came to nothing is free."""
    await front.send("POST", refunds(shopper), {**BODY, "amount": 1000})
    reply = await front.send("POST", refunds(shopper), BODY)

    assert (201, 4.5) == (reply.status, reply.json["amount"])


async def test_no_order_and_no_capture_are_conflicts(front, shop):  # noqa: F811 - the fixture
    """What there is nothing to give back of says in which state it is."""
    shopper = await shop.begin()
    unordered = await front.send("POST", refunds(shopper), BODY)
    await shopper.order()
    uncaptured = await front.send("POST", refunds(shopper), BODY)

    assert ([409, 409], {"conflict"}) == (
        [unordered.status, uncaptured.status],
        {unordered.problem, uncaptured.problem},
    )
    assert "checkout" in unordered.json["detail"]
    assert "accepted" in uncaptured.json["detail"]


async def test_held_refund_is_not_done(front, shopper):
    """In a dispute the answer is 202 with the refund so far, each time."""
    await shopper.at_provider("dispute")
    first = await front.send("POST", refunds(shopper), BODY)
    again = await front.send("POST", refunds(shopper), BODY)

    assert [(202, "held")] * 2 == [(each.status, each.json["state"]) for each in (first, again)]


async def test_outcome_that_takes_too_long_is_202(front, shopper, monkeypatch):
    """What is not known in time is answered as asked for, and comes through."""
    monkeypatch.setattr(after_sale, "_SECONDS", 0.3)
    slow = {"kind": "latency", "delay": "PT1S"}
    await shopper.fault(method="POST", path="/refunds", **slow)
    reply = await front.send("POST", refunds(shopper), BODY)
    await shopper.shop.until(shopper, lambda record: record.refunds)
    later = await front.send("POST", refunds(shopper), BODY)

    assert (202, "requested", 4.5) == (reply.status, reply.json["state"], reply.json["amount"])
    assert 201 == later.status
    assert 1 == len((await shopper.ledger())["refunds"])


async def test_failed_refund_tells_no_code(front, shopper):
    """A refund that the bank refuses is answered with its sentence; operators alone see codes."""
    body = {"type": "conflict", "errors": [{"code": "failed-request", "message": "Not now."}]}
    await shopper.fault(method="POST", path="/refunds", kind="status", status=409, body=body)
    reply = await front.send("POST", refunds(shopper), BODY)
    timeline = f"/purchases/{shopper.id}/timeline"
    for_merchants = await front.get(timeline)
    for_operators = await front.get(timeline, scope=Scope.OPERATOR)

    assert (201, "failed", "Not now.") == (
        reply.status,
        reply.json["state"],
        reply.json["failureReason"],
    )
    assert b"failed-request" not in reply.body + for_merchants.body
    assert b"failed-request" in for_operators.body


async def test_unknown_refund_is_not_found(front, shopper):
    """Neither a refund that is not there nor one of an unknown purchase."""
    missing = await front.get(f"{refunds(shopper)}/nothing")
    nobody = await front.send("POST", "/purchases/nobody/refunds", BODY)

    assert (404, 404) == (missing.status, nobody.status)


async def test_id_of_any_printable_signs_is_found(front, shopper):
    """The answer's Location leads to the refund, whatever its id is made of."""
    made = await front.send("POST", refunds(shopper), {**BODY, "refundId": "a/b%2F?#{x}"})
    reply = await front.get(made.headers["Location"])

    assert (201, 200, "a/b%2F?#{x}") == (made.status, reply.status, reply.json["refundId"])


async def test_repeat_takes_up_what_an_operator_has_ended(front, shopper):
    """A held refund whose workflow was terminated goes on when it is asked for again."""
    await shopper.at_provider("dispute")
    held = await front.send("POST", refunds(shopper), BODY)
    handle = shopper.shop.temporal.client.get_workflow_handle(f"refund/{shopper.id}/r-1")
    await handle.terminate()
    await shopper.at_provider("resolve")
    again = await front.send("POST", refunds(shopper), BODY)

    assert [(202, "held"), (201, "pending")] == [
        (each.status, each.json["state"]) for each in (held, again)
    ]
    assert 1 == len((await shopper.ledger())["refunds"])
