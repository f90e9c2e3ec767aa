"""Refunds and returns that Digital River does not answer: after five minutes a person is called."""

import asyncio
from datetime import timedelta

import pytest

from ferryman.purchase import refunds, returns
from tests.workflows.refunding import completed, fulfilled, refund
from tests.workflows.test_returns import announce

CASES = (
    (fulfilled, "/refunds", 500, "provider_away"),
    (completed, "/refunds", 401, "provider_key_refused"),
    (completed, "/returns", 503, "provider_away"),
)


@pytest.fixture
def settle_time() -> timedelta:
    """Nothing that fails here is committed later."""
    return timedelta(milliseconds=20)


@pytest.mark.parametrize(("sold", "path", "status", "reason"), CASES)
async def test_person_is_called_until_it_comes_through(shop, sold, path, status, reason):
    """Nobody is called at first, then somebody is, and nobody once it is through."""
    shopper = await sold(shop)
    await shopper.fault(method="POST", path=path, kind="status", status=status, times=0)
    is_refund = path == "/refunds"
    asked = refund(shopper, amount=1) if is_refund else announce(shopper, ("1", 1))
    asking = asyncio.ensure_future(asked)
    await shop.until(shopper, lambda record: record.refunds or record.returns)
    early = await shopper.record()
    its_id = refunds.workflow_id(shopper.id, "r-1")
    if not is_refund:
        its_id = returns.workflow_id(shopper.id, "b-1")
    handle = shop.temporal.client.get_workflow_handle(its_id)
    if reason == "provider_away":
        await shop.temporal.fast_forward(handle, timedelta(minutes=6))
    late = await shop.until(shopper, lambda record: record.needs_attention)
    await shop.control("DELETE", "faults")
    await shop.temporal.fast_forward(handle, timedelta(minutes=2))
    await asking
    through = await shopper.record()
    names = [name for name in await shopper.names() if name.endswith("_requested")]

    assert reason == late.needs_attention.reason
    assert None is through.needs_attention
    assert 1 == len(names), "the timeline repeats itself"
    if reason == "provider_away":
        assert None is early.needs_attention
