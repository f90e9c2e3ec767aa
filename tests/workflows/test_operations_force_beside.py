"""Operators who end a purchase while a call to Digital River is still out: the flow goes on."""

import asyncio

import pytest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.states import CancelReason, State
from ferryman.records import RecordsUnavailable
from tests.workflows.acting import (
    ACTOR,
    REASON,
    accepted_updates,
    acts,
    operate,
    refused,
    until_begun,
    until_failing,
)
from tests.workflows.conftest import POLL_SECONDS

SLOW = {"method": "POST", "path": "/fulfillments", "kind": "latency", "delay": "PT3S", "times": 1}


@pytest.mark.parametrize("kind", ["konbini", "creditCard"])
async def test_first_try_is_still_out(shop, kind):
    """A slow cancellation is given up once its try is over, and the order is left behind."""
    shopper = await shop.begin()
    await shopper.order(kind)
    await shopper.fault(**SLOW)
    cancelling = asyncio.ensure_future(shopper.cancel())
    await until_begun(shopper, "fulfill")
    await operate(shopper, "forceCancel")
    record = await shopper.record()
    with pytest.raises(Exception, match="Workflow update failed"):
        await cancelling
    await shopper.settled_as("cancelled")

    assert (State.CANCELLED, CancelReason.MERCHANT) == (record.state, record.reason)


async def test_first_try_is_still_out_when_pieces_have_left(shop):
    """The rest can only be cancelled at Digital River: a second operator waits for it too."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 1, 0))
    await shopper.fault(**SLOW)
    first = asyncio.ensure_future(operate(shopper, "forceCancel"))
    await until_begun(shopper, "fulfill")
    _, second = await refused(shopper, "forceCancel", reason="the shopper has called again")
    record = await shopper.until(State.FULFILLED)

    assert [(1, 1), (0, 3)] == [(line.fulfilled, line.cancelled) for line in record.items]
    assert (True, True) == ((await first).done, "while the purchase is fulfilled" in second)


async def test_database_is_away_between_two_tries(shop, monkeypatch):
    """The step has failed, and that cannot be written down: nothing is lost by ending it then."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    save, away, failed = shop.records.save, asyncio.Event(), asyncio.Event()

    async def saving(purchase, entries):
        if away.is_set():
            failed.set()
            raise RecordsUnavailable("away")
        return await save(purchase, entries)

    monkeypatch.setattr(shop.records, "save", saving)
    await shopper.fault(method="POST", path="/fulfillments", kind="status", status=503, times=1)
    away.set()
    cancelling = asyncio.ensure_future(shopper.cancel())
    await failed.wait()
    before = await accepted_updates(shopper)
    forcing = asyncio.ensure_future(operate(shopper, "forceCancel"))
    while before == await accepted_updates(shopper):
        await asyncio.sleep(POLL_SECONDS)
    away.clear()
    await forcing
    with pytest.raises(Exception, match="Workflow update failed"):
        await cancelling
    await shopper.settled_as("cancelled")

    assert State.CANCELLED is (await shopper.record()).state


async def test_line_was_cancelled_and_the_answer_lost(shop):
    """Once pieces have left, the rest is asked for only when it is known what was cancelled."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.ship("parcel-1", ("1", 1, 0))
    await shopper.fault(method="POST", path="/fulfillments", kind="reset_after")
    cancelling = asyncio.ensure_future(shopper.cancel(items=[{"lineId": "2", "quantity": 1}]))
    await until_failing(shop, shopper)
    forced = await operate(shopper, "forceCancel")
    record = await shopper.until(State.FULFILLED)

    assert (True, True) == (forced.done, (await cancelling).done)
    assert [(1, 1), (0, 3)] == [(line.fulfilled, line.cancelled) for line in record.items]
    assert 3 == len((await shopper.ledger())["fulfillments"])
    assert ["forceCancel"] == [name for name, _ in await acts(shopper)]


async def test_act_that_waits_for_its_turn_is_told_at_once(shop):
    """Beside a parcel that fails, who ends it and why stands there before it is done."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.fault(method="POST", path="/fulfillments", kind="status", status=503, times=0)
    shipping = asyncio.ensure_future(shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0)))
    await until_failing(shop, shopper)
    forcing = asyncio.ensure_future(operate(shopper, "forceCancel"))
    await shop.until_names(shopper, "forceCancel")
    waiting = forcing.done(), await acts(shopper)
    await shop.control("DELETE", "faults")
    await shipping
    with pytest.raises(WorkflowUpdateFailedError):
        await forcing

    assert (False, [("forceCancel", {"actor": ACTOR, "reason": REASON})]) == waiting
    assert "act_refused" in await shopper.names()
