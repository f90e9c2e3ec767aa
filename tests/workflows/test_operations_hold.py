"""Operators who let no goods leave: shipments wait, and go out when they are let."""

import asyncio

import pytest

from ferryman.purchase.messages import Hint
from ferryman.purchase.purchase import ParcelState
from ferryman.purchase.states import State
from tests.workflows.acting import (
    ACTOR,
    REASON,
    acts,
    attention,
    operate,
    refused,
    until_begun,
    until_failing,
)

DIGITAL = [{"lineId": "1", "skuId": "licence", "quantity": 1, "price": 10, "physical": False}]


async def test_goods_wait_while_held_and_leave_when_released(shop):
    """A shipment is answered as remembered, Digital River hears of it only after the release."""
    shopper = await shop.begin()
    await shopper.order()
    await operate(shopper, "hold")
    held = await shopper.record()
    shipped = await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    waiting = await shopper.record()
    before = (await shopper.ledger())["fulfillments"]
    await operate(shopper, "release")
    record = await shopper.until(State.FULFILLED)

    assert (ACTOR, REASON, "operator") == (
        held.hold.actor,
        held.hold.reason,
        held.waiting_for.what,
    )
    assert (False, [ParcelState.HELD], []) == (
        shipped.done,
        [each.state for each in waiting.fulfillments],
        before,
    )
    assert (1, None) == (len((await shopper.ledger())["fulfillments"]), record.hold)
    assert ["hold", "release"] == [name for name, _ in await acts(shopper)]


async def test_parcel_that_could_not_be_reported_is_called_back(shop):
    """Between two tries it has surely not gone: it waits for the release, and then goes once."""
    shopper = await shop.begin()
    await shopper.order()
    down = {"method": "POST", "path": "/fulfillments", "kind": "status", "status": 503, "times": 0}
    await shopper.fault(**down)
    shipping = asyncio.ensure_future(shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0)))
    await until_failing(shop, shopper)
    answer = await operate(shopper, "hold")
    shipped = await shipping
    await shop.control("DELETE", "faults")
    waiting = await shopper.record()
    before = (await shopper.ledger())["fulfillments"]
    await operate(shopper, "release")
    await shopper.until(State.FULFILLED)

    assert (False, False, []) == (answer.done, shipped.done, before)
    assert [ParcelState.HELD] == [each.state for each in waiting.fulfillments]
    assert {"actor": ACTOR, "reason": REASON, "shipmentId": "parcel-1"} == (await acts(shopper))[0][
        1
    ]
    assert 1 == len((await shopper.ledger())["fulfillments"])


async def test_parcel_whose_answer_was_lost_has_gone(shop):
    """It is looked up before it is held: what Digital River has taken is entered, not held."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.fault(method="POST", path="/fulfillments", kind="reset_after")
    shipping = asyncio.ensure_future(shopper.ship("parcel-1", ("1", 2, 0)))
    await until_failing(shop, shopper)
    await operate(shopper, "hold")
    shipped = await shipping
    record = await shopper.record()

    assert (True, [ParcelState.SHIPPED]) == (
        shipped.done,
        [each.state for each in record.fulfillments],
    )
    assert 1 == len((await shopper.ledger())["fulfillments"])


async def test_parcel_may_go_with_the_try_that_is_out(shop):
    """No call is torn apart: the act says that it is not done, its line which parcel may go."""
    shopper = await shop.begin()
    await shopper.order()
    slow = {"method": "POST", "path": "/fulfillments", "kind": "latency", "delay": "PT1S"}
    await shopper.fault(**slow, times=1)
    shipping = asyncio.ensure_future(shopper.ship("parcel-1", ("1", 2, 0)))
    await until_begun(shopper, "fulfill")
    answer = await operate(shopper, "hold")
    shipped = await shipping

    assert (False, True) == (answer.done, shipped.done)
    assert ["parcel-1"] == [detail.get("shipmentId") for _, detail in await acts(shopper)]


async def test_lines_are_cancelled_while_goods_are_held(shop):
    """What cannot be had goes on to Digital River; only goods are held."""
    shopper = await shop.begin()
    await shopper.order()
    await operate(shopper, "hold")
    missing = await shopper.ship("missing", ("2", 0, 1))
    await shopper.cancel(items=[{"lineId": "2", "quantity": 2}])
    record = await shopper.record()

    assert missing.done
    assert [(0, 2), (3, 0)] == [(line.cancelled, line.open) for line in record.items]


async def test_parcel_that_was_cancelled_while_held_calls_a_person(shop):
    """Nothing is told to Digital River that is not wanted any more; the warehouse has to know."""
    shopper = await shop.begin()
    await shopper.order()
    await operate(shopper, "hold")
    await shopper.ship("parcel-1", ("1", 2, 0))
    await shopper.cancel(items=[{"lineId": "1", "quantity": 1}])
    await operate(shopper, "release")
    record = await shop.until(shopper, attention)

    timeline = await shop.records.timeline(shopper.id)
    refusals = [entry.detail for entry in timeline if entry.name == "shipment_refused"]
    assert ("shipment_refused", State.ACCEPTED) == (attention(record), record.state)
    assert [{"shipmentId": "parcel-1"}] == refusals


async def test_hold_outlives_states(shop):
    """Set before the order is made, it stands when the order is accepted."""
    shopper = await shop.begin()
    await operate(shopper, "hold")
    record = await shopper.order()
    shipped = await shopper.ship("parcel-1", ("1", 1, 0))

    assert (State.ACCEPTED, ACTOR, False) == (record.state, record.hold.actor, shipped.done)


async def test_hold_outlives_a_dispute(shop):
    """What waits for the end of a dispute waits on while it is held."""
    shopper = await shop.begin_disputed()
    await operate(shopper, "hold")
    await shopper.ship("parcel-1", ("1", 1, 0))
    await shopper.at_provider("resolve")
    await shopper.tell("order.dispute.resolved", Hint.RESOLVED)
    resolved = await shopper.until(State.ACCEPTED)
    await operate(shopper, "release")
    await shop.until_ledger(shopper, lambda ledger: 2 == len(ledger["fulfillments"]))

    assert [ParcelState.HELD] == [
        each.state for each in resolved.fulfillments if each.shipment_id == "parcel-1"
    ]


async def test_digital_goods_are_held_too(shop):
    """What would be delivered by itself waits for the release."""
    shopper = await shop.begin(policy={"digital_delivery": "automatic"}, items=DIGITAL)
    await operate(shopper, "hold")
    held = await shopper.order()
    await operate(shopper, "release")

    assert (State.ACCEPTED, ()) == (held.state, held.fulfillments)
    assert State.FULFILLED is (await shopper.until(State.FULFILLED)).state


@pytest.mark.parametrize("actor", ["erika.beispiel", "max.beispiel"])
async def test_second_hold(shop, actor):
    """The same hold again changes nothing; another's is refused, naming who holds already."""
    shopper = await shop.begin()
    await operate(shopper, "hold")
    before = await shopper.record()
    if actor == ACTOR:
        answer = await operate(shopper, "hold", actor=actor)
        assert before.version == answer.version
    else:
        _, said = await refused(shopper, "hold", actor=actor)
        assert "erika.beispiel lets no goods leave already" == said

    assert ["hold"] == [name for name, _ in await acts(shopper)]


async def test_release_without_a_hold(shop):
    """Nothing is held: nothing can be let go."""
    shopper = await shop.begin()

    assert ("NotAllowed", "nothing is held") == await refused(shopper, "release")
