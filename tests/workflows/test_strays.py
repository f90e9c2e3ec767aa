"""Orders that the purchase did not know of: wound up where they are its own, shown where not."""

import asyncio
from datetime import UTC, datetime, timedelta

from ferryman.purchase.messages import Hint
from ferryman.purchase.states import State
from tests.workflows.strangers import order_checkout, order_elsewhere
from workflows import callers, wording

SPARSE = {"poll_interval": timedelta(days=1)}


async def test_number_alone_makes_no_order_ours(shop, monkeypatch):
    """An order that names no checkout and carries our number is a person's to judge."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.order()
    strange = await order_elsewhere(shop, shopper.id)
    read = shop.digital_river.get_order

    async def nameless(order_id, **more):
        order = await read(order_id, **more)
        return order.model_copy(update={"checkout_id": None}) if order.id == strange else order

    monkeypatch.setattr(shop.digital_river, "get_order", nameless)
    await shopper.tell("order.accepted", Hint.ACCEPTED, order_id=strange)
    record = await shop.until(shopper, lambda record: record.needs_attention)
    told = {entry.name: entry.detail for entry in await shop.records.timeline(shopper.id)}

    assert ("unknown_order", State.ACCEPTED) == (record.needs_attention.reason, record.state)
    assert strange == told["needs_attention"]["orderId"]
    assert [] == (await shopper.ledger())["fulfillments"]


async def test_purchase_does_not_close_before_an_order_was_looked_at(shop):
    """An order of our checkout that shows while the purchase ends is not overlooked."""
    shopper = await shop.begin(policy=SPARSE)
    checkout = await shop.digital_river.get_checkout((await shopper.record()).checkout.id)
    order_id = await order_checkout(shop, checkout)
    await shopper.fault(
        method="GET", path=f"/orders/{order_id}", kind="status", status=503, times=2
    )
    await shopper.tell("order.accepted", Hint.ACCEPTED, order_id=order_id)
    await shop.until_names(shopper, "order.accepted")
    await shopper.cancel()
    ended = await shopper.record()
    record = await shop.until(shopper, lambda record: record.needs_attention)

    assert (State.CANCELLED, None) == (ended.state, ended.needs_attention)
    assert "late_payment" == record.needs_attention.reason


async def test_id_that_digital_river_does_not_take_holds_nothing_up(shop):
    """An event may name any order; what Digital River calls no id is no order of ours."""
    shopper = await shop.begin(policy=SPARSE)
    unknown = {"path": "/orders/no-id", "kind": "status", "status": 400, "times": 0}
    await shop.control("POST", "faults", unknown)
    await shopper.tell("order.accepted", Hint.ACCEPTED, order_id="no-id")
    await shop.until_names(shopper, "order.accepted")
    await shopper.cancel()

    async with asyncio.timeout(10):
        assert State.CANCELLED == await shopper.handle.result()


def test_money_that_came_for_nothing_is_shown_first(monkeypatch):
    """Among several reasons the most urgent is shown, whichever came first."""
    times = iter(range(1, 4))
    start = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(callers.workflow, "now", lambda: start + timedelta(days=next(times)))
    called = callers.Callers()
    called.add(wording.CAPTURE_FAILED)
    called.add(wording.SHIPMENT_REFUSED)
    urgent = called.shown()
    called.add(wording.LATE_MONEY)
    first = called.shown()
    called.remove(wording.LATE_MONEY)

    assert urgent is not None
    assert first is not None
    assert (wording.CAPTURE_FAILED, wording.LATE_MONEY) == (urgent.reason, first.reason)
    assert urgent == called.shown()
