"""Operators who try a failing step at once: it comes through sooner, and never twice."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import ResetActivityRequest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import Hint
from ferryman.purchase.states import State
from tests.workflows.acting import (
    ACTOR,
    REASON,
    acts,
    attention,
    operate,
    refused,
    until_failing,
    until_tried_again,
)

IN_AN_HOUR = {"kind": "status", "status": 429, "retryAfter": 3600}
DOWN = {"kind": "status", "status": 503, "times": 0}


@pytest.mark.parametrize("failures", [1, 2], ids=["before the second try", "between later tries"])
async def test_shipment_that_waits_for_an_hour_is_reported_at_once(shop, failures):
    """Whatever the next try was set for, the parcel is told now, once."""
    shopper = await shop.begin()
    await shopper.order()
    path = {"method": "POST", "path": "/fulfillments"}
    await shopper.fault(**path, **IN_AN_HOUR)
    if failures > 1:
        await shopper.fault(**path, **IN_AN_HOUR)
    shipping = asyncio.ensure_future(shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0)))
    await until_failing(shop, shopper)
    for _ in range(failures):
        await operate(shopper, "retry")
    await shipping

    assert 1 == len((await shopper.ledger())["fulfillments"])
    assert State.FULFILLED is (await shopper.record()).state
    assert ("retry", {"actor": ACTOR, "reason": REASON}) == (await acts(shopper))[0]


async def test_look_that_waits_for_an_hour_is_taken_at_once(shop):
    """A step that only looks is begun again too, and nobody waits for it any more."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider("pay")
    await shopper.settled_as("accepted")
    for _ in range(2):
        await shopper.fault(method="GET", path="/orders/*", **IN_AN_HOUR)
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await until_failing(shop, shopper)
    await operate(shopper, "retry")

    assert State.ACCEPTED is (await shopper.until(State.ACCEPTED)).state


async def test_what_may_have_been_done_is_looked_up_before_it_is_tried_again(shop):
    """The first try has done its work; the one that an operator hurries finds that."""
    shopper = await shop.begin()
    await shopper.order()
    await shopper.fault(method="POST", path="/fulfillments", kind="reset_after")
    await shopper.fault(method="GET", path="/fulfillments", **DOWN)
    shipping = asyncio.ensure_future(shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0)))
    await until_failing(shop, shopper)
    await operate(shopper, "retry")
    await shop.control("DELETE", "faults")
    await operate(shopper, "retry")
    await shipping

    assert 1 == len((await shopper.ledger())["fulfillments"])


async def test_what_is_stopped_between_two_tries_may_still_be_done(shop):
    """After a try that may commit late, the one that an operator hurries looks when it has."""
    shopper = await shop.begin()
    await shopper.order()
    path = {"method": "POST", "path": "/fulfillments"}
    await shopper.fault(**path, kind="status", status=429, retryAfter=1)
    await shopper.fault(**path, kind="late_commit", delay="PT0.9S")
    shipping = asyncio.ensure_future(shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0)))
    await until_tried_again(shopper, "fulfill")
    await operate(shopper, "retry")
    await shipping

    ledger = await shopper.ledger()
    told = [each for each in ledger["requests"] if each["method"] == "POST"]
    told = [each for each in told if each["path"] == "/fulfillments"]
    assert (2, 1) == (len(told), len(ledger["fulfillments"]))


async def test_hurry_never_drops_an_answer(shop):
    """However often operators hurry while the answer comes, it is used and nothing is doubled."""
    shoppers = [await shop.begin() for _ in range(3)]
    for shopper in shoppers:
        await shopper.order()
        await shopper.fault(method="POST", path="/fulfillments", kind="reset_before")

    async def hurry(shopper):
        shipping = asyncio.ensure_future(shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0)))
        await until_failing(shop, shopper)
        for _ in range(3):
            with suppress(WorkflowUpdateFailedError):
                await operate(shopper, "retry")
            # Between two calls the step gets as far as it can.
            await asyncio.wait([shipping], timeout=1)
        await shipping

    await asyncio.gather(*map(hurry, shoppers))

    assert [1, 1, 1] == [len((await each.ledger())["fulfillments"]) for each in shoppers]


async def test_refused_cancellation_is_asked_for_again_at_once(shop):
    """What Digital River refused is not due for a quarter of an hour; an operator asks now."""
    shopper = await shop.begin()
    await shopper.variant(pending_cancel="refuse")
    await shopper.order("konbini")
    await shopper.cancel()
    await shopper.variant(pending_cancel="allow")
    await operate(shopper, "retry")
    record = await shopper.until(State.CANCELLED)

    assert ("customer", None) == (record.reason, record.cancellation)


async def test_order_left_open_is_asked_for_again_at_once(shop):
    """An order left behind that could not be cancelled is cancelled when an operator asks."""
    shopper = await shop.begin(policy={"poll_interval": timedelta(days=1)})
    await shopper.variant(unpaid="silent", pending_cancel="refuse")
    await shopper.order("konbini")
    await shopper.travel(timedelta(days=7, hours=7))
    await shop.until(shopper, attention)
    await shopper.variant(pending_cancel="allow")
    await operate(shopper, "retry")
    await shopper.settled_as("cancelled")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    await shopper.handle.result()

    assert None is attention(await shopper.record())


async def test_nothing_to_retry(shop):
    """Where nothing fails there is nothing to hurry, and the history keeps no trace of it."""
    shopper = await shop.begin()
    await shopper.order()
    said = await refused(shopper, "retry")

    assert ("NotAllowed", "no step is failing, and nothing was refused") == said
    assert [] == await acts(shopper)


@pytest.mark.parametrize("settle_time", [timedelta(seconds=2)])
async def test_activity_that_was_reset_by_hand_still_doubts(shop):
    """Temporal counts the attempts anew; what the one before may have done is not done twice."""
    shopper = await shop.begin()
    await shopper.order()
    path = {"method": "POST", "path": "/fulfillments"}
    await shopper.fault(**path, kind="status", status=429, retryAfter=1)
    await shopper.fault(**path, kind="late_commit", delay="PT1S")
    shipping = asyncio.ensure_future(shopper.ship("parcel-1", ("1", 1, 0)))
    await until_tried_again(shopper, "fulfill")
    client = shop.temporal.client
    await client.workflow_service.reset_activity(
        ResetActivityRequest(
            namespace=client.namespace,
            execution=WorkflowExecution(workflow_id=shopper.handle.id),
            type="fulfill",
        )
    )
    await shipping

    assert 1 == len((await shopper.ledger())["fulfillments"])
