"""Operators who bring an order that was looked for: it is followed, and no second one is made."""

import pytest

from ferryman.purchase.states import State
from tests.workflows.acting import ACTOR, REASON, acts, lost, operate, refused, until_tried_again

DOWN = {"kind": "status", "status": 503, "times": 0}


async def states(shopper) -> list[str]:
    """The states of the purchase's orders at Digital River."""
    return [order["state"] for order in (await shopper.ledger())["orders"]]


async def test_order_that_an_operator_brings_is_followed(shop):
    """The search ends with it, though its next look is an hour away; the timeline says by whom."""
    shopper = await shop.begin()
    submitting = await lost(shop, shopper)
    await shopper.fault(method="GET", path="/orders", kind="status", status=429, retryAfter=3600)
    order_id = await shopper.order_id()
    await until_tried_again(shopper, "create_order")
    await operate(shopper, "adoptOrder", orderId=order_id)
    await submitting
    record = await shopper.record()

    assert (State.ACCEPTED, order_id) == (record.state, record.order.id)
    assert ["accepted"] == await states(shopper)
    said = {"actor": ACTOR, "reason": REASON, "orderId": order_id}
    assert [("adoptOrder", said)] == await acts(shopper)
    assert "order_adopted" in await shopper.names()


async def test_same_order_again_changes_nothing(shop):
    """A doubled call is answered though nothing is looked for any more."""
    shopper = await shop.begin()
    submitting = await lost(shop, shopper)
    order_id = await shopper.order_id()
    await operate(shopper, "adoptOrder", orderId=order_id)
    await submitting
    await operate(shopper, "adoptOrder", orderId=order_id)

    assert 1 == len(await acts(shopper))


async def test_order_of_another_purchase_is_refused(shop):
    """What another purchase has is not taken from it."""
    other, shopper = await shop.begin(), await shop.begin()
    await other.order()
    submitting = await lost(shop, shopper, **DOWN)
    order_id = await other.order_id()
    kind, said = await refused(shopper, "adoptOrder", orderId=order_id)
    await shop.control("DELETE", "faults")
    await submitting

    assert ("NotAllowed", f"order {order_id} cannot be adopted: it is purchase {other.id}'s") == (
        kind,
        said,
    )
    assert [] == await acts(shopper)


async def test_order_that_does_not_exist_is_refused(shop):
    """A slip of the pen ends no search."""
    shopper = await shop.begin()
    submitting = await lost(shop, shopper, **DOWN)
    kind, said = await refused(shopper, "adoptOrder", orderId="no-such-order")
    await shop.control("DELETE", "faults")
    await submitting

    why = "Digital River does not have it"
    assert ("NotAllowed", f"order no-such-order cannot be adopted: {why}") == (kind, said)
    assert State.ACCEPTED is (await shopper.record()).state


@pytest.mark.parametrize(
    ("strange", "why"),
    [
        ({"checkout_id": "another-checkout"}, "it was made of another checkout"),
        ({"checkout_id": None, "upstream_id": "another"}, "it carries the number another"),
    ],
    ids=["checkout", "number"],
)
async def test_strange_order_is_refused(shop, monkeypatch, strange, why):
    """A checkout that it names must be ours; where it names none, our number must be on it."""
    shopper = await shop.begin()
    submitting = await lost(shop, shopper)
    order_id = await shopper.order_id()
    read = shop.digital_river.get_order

    async def another(asked, **more):
        return (await read(asked, **more)).model_copy(update=strange)

    monkeypatch.setattr(shop.digital_river, "get_order", another)
    kind, said = await refused(shopper, "adoptOrder", orderId=order_id)
    monkeypatch.undo()
    await operate(shopper, "adoptOrder", orderId=order_id)
    await submitting

    assert ("NotAllowed", f"order {order_id} cannot be adopted: {why}") == (kind, said)


async def test_order_is_brought_before_the_first_try_has_ended(shop):
    """While the first try is under way, it is awaited: only one of the two becomes the order."""
    shopper = await shop.begin()
    submitting = await lost(shop, shopper, kind="timeout_after")
    await operate(shopper, "adoptOrder", orderId=await shopper.order_id())
    await submitting

    assert ["accepted"] == await states(shopper)
    assert State.ACCEPTED is (await shopper.record()).state


async def test_nothing_to_adopt_where_nothing_is_looked_for(shop):
    """Before and after the order is made there is no search to end."""
    shopper = await shop.begin()
    kind, said = await refused(shopper, "adoptOrder", orderId="any")

    assert "NotAllowed" == kind
    assert said.startswith("adoptOrder is not possible while the purchase is checkout; legal acts:")


@pytest.mark.parametrize("given", [{}, {"until": "2040-01-01T00:00:00Z"}])
async def test_act_without_its_order(shop, given):
    """What an act needs must be given, and nothing else; the purchase goes on."""
    shopper = await shop.begin()
    with pytest.raises(Exception, match="Workflow update failed"):
        await operate(shopper, "adoptOrder", **given)

    assert State.ACCEPTED is (await shopper.order()).state
