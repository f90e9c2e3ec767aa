"""Money that comes after the end: an operator keeps it, as a new purchase, or gives it back."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.sweep import SweepActivities, Sweeping
from activities.walk import Walk
from ferryman.purchase.messages import Hint, ProviderEvent
from ferryman.purchase.purchase import workflow_id
from ferryman.purchase.states import CancelReason, State
from tests.workflows.acting import (
    ACTOR,
    REASON,
    accepted_updates,
    acts,
    attention,
    operate,
    refused,
)
from tests.workflows.conftest import Shopper
from workflows.parked_event import ParkedEvent
from workflows.purchase import Purchase

SPARSE = {"poll_interval": timedelta(days=1)}


async def late(shop) -> Shopper:
    """A purchase that was cancelled in silence, and for which money has come then."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(unpaid="silent", pending_cancel="refuse")
    await shopper.order("konbini")
    await shopper.travel(timedelta(days=7, hours=7))
    await shop.until(shopper, attention)
    await shopper.variant(pending_cancel="allow")
    await shopper.at_provider("pay", force=True)
    await shopper.settled_as("accepted")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await shop.until(shopper, lambda record: attention(record) == "late_payment")
    return shopper


async def keeper_of(shop, shopper) -> Shopper:
    """The purchase that keeps the money."""
    record = await shop.until(shopper, lambda record: record.continued_as)
    handle = shop.temporal.client.get_workflow_handle_for(
        Purchase.run, workflow_id(record.continued_as)
    )
    return Shopper(shop, record.continued_as, handle)


def event(name: str, hint: Hint, order_id: str, upstream_id: str, number: int) -> ProviderEvent:
    """An event of the order as Digital River sends it: with the first purchase's number."""
    return ProviderEvent(
        id=f"{name}-{number}", name=name, hint=hint, order_id=order_id, upstream_id=upstream_id
    )


async def until_accepted(shopper, more: int) -> None:
    """Wait until the workflow has taken so many acts beside the calls of its beginning."""
    calls = 3
    async with asyncio.timeout(30):
        while await accepted_updates(shopper) < calls + more:
            await asyncio.sleep(0.02)


async def test_late_money_is_kept_by_a_new_purchase(shop):
    """It has the order and its lines, ships, and the one that had ended is over."""
    shopper = await late(shop)
    order_id = await shopper.order_id()
    await operate(shopper, "acceptLatePayment")
    keeper = await keeper_of(shop, shopper)
    kept = await keeper.until(State.ACCEPTED)
    end, ended = await shopper.handle.result(), await shopper.record()
    await keeper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    shipped = await keeper.record()

    assert (f"{shopper.id}.late", order_id) == (kept.id, kept.order.id)
    assert (State.CANCELLED, CancelReason.PAYMENT_WINDOW_CLOSED, None) == (
        end,
        ended.reason,
        attention(ended),
    )
    assert State.FULFILLED is shipped.state
    said = {"actor": ACTOR, "reason": REASON, "orderId": order_id}
    assert [("acceptLatePayment", said)] == await acts(shopper)
    assert [("acceptLatePayment", {**said, "continues": shopper.id})] == await acts(keeper)
    assert "continued_as" in await shopper.names()


async def test_events_of_a_kept_order_reach_the_new_purchase(shop):
    """Whether sent to the closed one, parked, or straight: only the new one hears of them."""
    shopper = await late(shop)
    order_id = await shopper.order_id()
    await operate(shopper, "acceptLatePayment")
    keeper = await keeper_of(shop, shopper)
    await keeper.until(State.ACCEPTED)
    await shopper.handle.result()
    before = await shopper.record()
    owner = await shop.records.owner_of_order(order_id)
    await shop.temporal.client.execute_workflow(
        ParkedEvent.run,
        event("order.dispute", Hint.DISPUTED, order_id, shopper.id, shop.next()),
        id=f"parked-event/{shop.next()}",
        task_queue=shop.task_queue,
    )
    await shop.until_names(keeper, "order.dispute")

    assert keeper.id == owner
    assert before == await shopper.record()
    assert ["order.dispute"] == [name for name in await keeper.names() if name == "order.dispute"]


async def test_event_that_comes_between_is_passed_on(shop, monkeypatch):
    """Before the records know the new owner, the old one hands on what is not its own any more.

    Nor does it wind the order up again when somebody lets it look.
    """
    shopper = await late(shop)
    order_id = await shopper.order_id()
    hand_over = shop.records.hand_over

    async def not_yet(*_):
        return False

    monkeypatch.setattr(shop.records, "hand_over", not_yet)
    accepting = asyncio.ensure_future(operate(shopper, "acceptLatePayment"))
    keeper = await keeper_of(shop, shopper)
    await shop.until_recorded(keeper, lambda record: record.state is State.ACCEPTED)
    told = event("order.dispute", Hint.DISPUTED, order_id, shopper.id, shop.next())
    await shopper.handle.signal(Purchase.provider_events, [told])
    looking = asyncio.ensure_future(operate(shopper, "reread"))
    await until_accepted(shopper, 2)
    monkeypatch.setattr(shop.records, "hand_over", hand_over)
    await accepting
    await looking
    await shopper.handle.result()
    await shop.until_names(keeper, "order.dispute")

    assert None is attention(await shopper.record())
    assert "order.dispute" not in await shopper.names()
    assert ["accepted"] == [each["state"] for each in (await shopper.ledger())["orders"]]


async def test_sweep_finds_no_difference_in_a_kept_order(shop):
    """What is swept up is compared with the record of the purchase that keeps the order."""
    shopper = await late(shop)
    await operate(shopper, "acceptLatePayment")
    keeper = await keeper_of(shop, shopper)
    await keeper.until(State.ACCEPTED)
    await shopper.handle.result()
    sweep = SweepActivities(shop.digital_river, shop.records)
    asked = Sweeping(
        walk=Walk(since=datetime.now(UTC) - timedelta(days=1)),
        overlap=timedelta(),
        grace=timedelta(),
    )
    swept = await ActivityEnvironment().run(sweep.orders, asked)

    assert (1, ()) == (swept.looked_at, swept.found)


async def test_late_money_is_given_back(shop):
    """The order is cancelled now, and nobody is called any more."""
    shopper = await late(shop)
    await operate(shopper, "forceCancel")
    dismissed = await shopper.record()
    await shopper.settled_as("cancelled")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    end = await shopper.handle.result()

    assert (None, State.CANCELLED) == (attention(dismissed), end)
    assert ["forceCancel"] == [name for name, _ in await acts(shopper)]
    assert "order_cancelled" in await shopper.names()


async def test_order_that_is_cancelled_in_part_is_not_kept(shop):
    """What is on its way back cannot be kept whole: the act is refused, the person stays called."""
    shopper = await late(shop)
    order = (await shopper.ledger())["orders"][0]
    item = (await shop.digital_river.get_order(order["id"])).items[0]
    await shop.digital_river.create_fulfillment(
        {"orderId": order["id"], "items": [{"itemId": item.id, "cancelQuantity": 1}]}
    )
    kind, said = await refused(shopper, "acceptLatePayment")

    assert ("NotAllowed", f"order {order['id']} cannot be kept:") == (
        kind,
        said.removesuffix(" parts of it have been cancelled or shipped already"),
    )
    assert "late_payment" == attention(await shopper.record())


async def test_id_that_a_merchant_has_taken_is_left_alone(shop):
    """The new purchase takes the order's own id instead."""
    shopper = await late(shop)
    await shop.records.claim("a merchant's key", "anything", f"{shopper.id}.late")
    await operate(shopper, "acceptLatePayment")
    keeper = await keeper_of(shop, shopper)

    assert f"dr-{await shopper.order_id()}" == keeper.id
    assert State.ACCEPTED is (await keeper.until(State.ACCEPTED)).state


async def test_no_id_is_left_for_the_new_purchase(shop):
    """The act is refused with the names that are taken; the money still waits for a decision."""
    shopper = await late(shop)
    names = [f"{shopper.id}.late", f"dr-{await shopper.order_id()}"]
    for name in names:
        await shop.records.claim(f"a merchant's key for {name}", "anything", name)
    kind, said = await refused(shopper, "acceptLatePayment")

    assert "NotAllowed" == kind
    assert said.endswith(f"no id is free for its purchase: {' and '.join(names)} are taken")
    await operate(shopper, "forceCancel")
    await shopper.settled_as("cancelled")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    assert State.CANCELLED == await shopper.handle.result()


async def test_step_that_fails_for_good_ends_no_purchase(shop, monkeypatch):
    """Whoever asked for it is refused, a person is called, and the purchase goes on as it was."""
    shopper = await late(shop)
    claim = shop.records.claim

    async def broken(*_):
        raise ApplicationError("this will never work", non_retryable=True)

    monkeypatch.setattr(shop.records, "claim", broken)
    kind, said = await refused(shopper, "acceptLatePayment")
    await shop.until_names(shopper, "interrupted")
    monkeypatch.setattr(shop.records, "claim", claim)

    assert ("NotAllowed", True) == (kind, said.startswith("a step of it has failed"))
    await operate(shopper, "acceptLatePayment", reason="the cause is mended")
    assert State.ACCEPTED is (await (await keeper_of(shop, shopper)).until(State.ACCEPTED)).state


@pytest.mark.parametrize("act", ["acceptLatePayment", "reread"])
async def test_no_late_money(shop, act):
    """While the order left behind is unpaid there is nothing to keep, and much to look at."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(unpaid="silent", pending_cancel="refuse")
    await shopper.order("konbini")
    await shopper.travel(timedelta(days=7, hours=7))
    await shop.until(shopper, attention)
    if act == "reread":
        await shopper.at_provider("pay", force=True)
        await shopper.settled_as("accepted")
        await operate(shopper, "reread")
        found = await shop.until(shopper, lambda record: attention(record) == "late_payment")
        assert State.CANCELLED is found.state
    else:
        said = await refused(shopper, act)
        assert ("NotAllowed", "no money has come after the end of this purchase") == said
