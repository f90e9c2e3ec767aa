"""Operators' acts through the API: who may act, what is wrong, what has closed, what repeats."""

from datetime import UTC, datetime
from typing import Any

import pytest

from api import acts
from ferryman.purchase.operations import Operation
from ferryman.purchase.purchase import Attention, Purchase
from ferryman.purchase.states import State
from ferryman.records import Records
from ferryman.setting_types import Scope
from tests.api.door import Door, Reply, Told
from tests.api.stand_in import Books

HOLD = {"action": "hold", "reason": "the address is checked"}
NEEDED = {
    Operation.ADOPT_ORDER: {"orderId": "order-1"},
    Operation.EXTEND_DEADLINE: {"until": "2040-01-01T00:00:00Z"},
}
ACCEPT = {**HOLD, "action": "acceptLatePayment"}
ADOPT = {**HOLD, "action": "adoptOrder"}
EXTEND = {**HOLD, "action": "extendDeadline"}
MOMENT = {"until": "2040-01-01T00:00:00Z"}
WRONG: dict[str, tuple[dict[str, Any], list[str]]] = {
    "no reason": ({"action": "hold"}, ["/reason"]),
    "an empty reason": ({**HOLD, "reason": ""}, ["/reason"]),
    "a long reason": ({**HOLD, "reason": "x" * 201}, ["/reason"]),
    "no action": ({"reason": "why not"}, ["/action"]),
    "an unknown action": ({**HOLD, "action": "delete"}, ["/action"]),
    "an unknown field": ({**HOLD, "force": True}, ["/force"]),
    "somebody else as actor": ({**HOLD, "actor": "somebody.else"}, ["/actor"]),
    "an order too many": ({**HOLD, "orderId": "order-1"}, ["/orderId"]),
    "a moment too many": ({**HOLD, **MOMENT}, ["/until"]),
    "no order": (ADOPT, ["/orderId"]),
    "null for an order": ({**ADOPT, "orderId": None}, ["/orderId"]),
    "no moment": (EXTEND, ["/until"]),
    "no time at all": ({**EXTEND, "until": "tomorrow"}, ["/until"]),
    "both": ({**EXTEND, **MOMENT, "orderId": "order-1"}, ["/orderId"]),
    "the other's": ({**ADOPT, **MOMENT}, ["/orderId", "/until"]),
}


async def operate(door: Door, purchase_id: str, body: Any, **options: Any) -> Reply:
    """Act as an operator."""
    path = f"/purchases/{purchase_id}/operations"
    return await door.send("POST", path, body, **{"scope": Scope.OPERATOR, **options})


def heard(books: Books, purchase_id: str) -> list[Any]:
    """The acts that the workflow has been asked for."""
    return [said for each, call, said in books.calls if (each, call) == (purchase_id, "operate")]


def recorded(purchase_id: str, state: State, **more: Any) -> Purchase:
    """A purchase that will have a record and no workflow."""
    now = datetime.now(UTC)
    told = {"version": 7, "created_time": now, "updated_time": now, "items": (), **more}
    return Purchase(id=purchase_id, state=state, **told)


async def test_act_bears_the_name_of_the_key(door: Door, books: Books, new_id: str, told: Told):
    """The workflow hears what is to be done, why, and by whose key."""
    await told()
    reply = await operate(door, new_id, HOLD)

    assert (200, new_id) == (reply.status, reply.json["id"])
    assert [{**HOLD, "actor": "operator"}] == [
        {key: value for key, value in said.items() if value is not None}
        for said in heard(books, new_id)
    ]


@pytest.mark.parametrize("wrong", WRONG)
async def test_wrong_act(door: Door, books: Books, new_id: str, told: Told, wrong: str):
    """It is refused, with the place of what is wrong, before the workflow hears of it."""
    await told()
    body, pointers = WRONG[wrong]
    reply = await operate(door, new_id, body)

    assert (422, "invalid-request", []) == (reply.status, reply.problem, heard(books, new_id))
    assert pointers == reply.pointers


@pytest.mark.parametrize("scope", [Scope.READ, Scope.WRITE])
async def test_merchants_do_not_operate(door: Door, new_id: str, scope: Scope):
    """A key that may change purchases may not intervene."""
    reply = await operate(door, new_id, HOLD, scope=scope)

    assert (403, "forbidden") == (reply.status, reply.problem)


async def test_unknown_purchase(door: Door, new_id: str):
    """There is nothing to act on."""
    assert 404 == (await operate(door, new_id, HOLD)).status


async def test_refusal_is_told(door: Door, new_id: str, told: Told):
    """What the workflow says no to is a conflict, in its words, and the state's other acts."""
    await told(operate="not_allowed", state="accepted")
    reply = await operate(door, new_id, HOLD)

    said = (
        "operate is not possible now;"
        " the purchase is accepted, other acts of this state: retry, reread, forceCancel, release"
    )
    assert (409, "conflict", said) == (reply.status, reply.problem, reply.json["detail"])


async def test_act_that_takes_long(door: Door, new_id: str, told: Told, monkeypatch: Any):
    """After a while the purchase is answered as it stands; the act goes on."""
    monkeypatch.setattr(acts, "_SECONDS", 0.5)
    await told(operate="hang")
    reply = await operate(door, new_id, HOLD)
    await told(operate="done")

    assert 202 == reply.status


async def test_act_that_is_remembered(door: Door, new_id: str, told: Told):
    """What is carried out later is answered so, and shown once it is done."""
    await told(operate="remember")
    reply = await operate(door, new_id, {**HOLD, "action": "forceCancel"})

    assert 200 == reply.status


async def test_hold_that_came_beside_a_parcel(door: Door, new_id: str, told: Told):
    """The parcel may still go: the hold is answered as taken, not as done."""
    await told(operate="remember")
    reply = await operate(door, new_id, HOLD)

    assert (202, new_id) == (reply.status, reply.json["id"])


@pytest.mark.parametrize("same", [True, False], ids=["same key", "other key"])
async def test_key_makes_a_repeat(door: Door, books: Books, new_id: str, told: Told, *, same: bool):
    """Under one key an act is one, however the purchase has changed; under another it is two."""
    await told()
    for key in ("one", "one" if same else "two"):
        reply = await operate(door, new_id, HOLD, headers={"Idempotency-Key": key})
        assert 200 == reply.status

    assert (1 if same else 2) == len(heard(books, new_id))


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("act", Operation)
async def test_closed_purchase_takes_no_act(
    door: Door, records: Records, new_id: str, state: State, act: Operation
):
    """Where no workflow is at work the refusal names the state and no act at all."""
    await records.save(recorded(new_id, state), [])
    body = {"action": act.value, "reason": "too late", **NEEDED.get(act, {})}
    reply = await operate(door, new_id, body)

    said = (
        f"{act} is not possible: the purchase is {state} and its workflow has ended,"
        " so that no act is possible any more"
    )
    assert (409, "conflict", said) == (reply.status, reply.problem, reply.json["detail"])


@pytest.mark.parametrize("named", [{}, {"orderId": "order-late"}], ids=["the only one", "named"])
async def test_money_that_is_kept_already(
    door: Door, records: Records, new_id: str, named: dict[str, str]
):
    """Repeated after the workflow's end, the act is answered with the record, which names both."""
    keeper = recorded(f"{new_id}.late", State.ACCEPTED)
    await records.save(keeper, [])
    await records.hand_over("order-late", keeper.id)
    await records.save(recorded(new_id, State.CANCELLED, continued_as=keeper.id), [])
    reply = await operate(door, new_id, {**ACCEPT, **named})

    assert (200, keeper.id) == (reply.status, reply.json["continuedAs"])


@pytest.mark.parametrize(
    ("named", "attention"),
    [({}, "late_payment"), ({"orderId": "order-3"}, None)],
    ids=["more came", "another order"],
)
async def test_money_that_is_not_kept(
    door: Door, records: Records, new_id: str, named: dict[str, str], attention: str | None
):
    """That one order's money is kept says nothing of another's."""
    calls = Attention(reason=attention, since=datetime.now(UTC)) if attention else None
    view = recorded(new_id, State.CANCELLED, continued_as="p.late", needs_attention=calls)
    await records.save(view, [])

    assert 409 == (await operate(door, new_id, {**ACCEPT, **named})).status
