"""Work that breaks off for good calls a person; what did so before an order is past with it."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from ferryman.purchase.messages import Hint
from ferryman.purchase.states import State
from tests.workflows.acting import attention, operate


@pytest.fixture
def broken(shop, monkeypatch):
    """Let calls of one kind at Digital River fail so that they are not tried again."""

    async def never(*_args, **_more):
        raise ApplicationError("this will never work", non_retryable=True)

    def break_off(name: str):
        whole = getattr(shop.digital_river, name)
        monkeypatch.setattr(shop.digital_river, name, never)
        return lambda: monkeypatch.setattr(shop.digital_river, name, whole)

    return break_off


async def interrupted(shop, broken, *, policy=None):
    """A purchase of which a change of the checkout broke off, and how to let changes through."""
    shopper = await shop.begin(policy=policy)
    mend = broken("update_checkout")
    with pytest.raises(WorkflowUpdateFailedError) as refusal:
        await shopper.patch(email="erika.beispiel@example.com")
    await shop.until(shopper, attention)
    assert "a step of it has failed" in str(refusal.value.cause)
    return shopper, mend


async def test_order_settles_what_broke_off_before_it(shop, broken):
    """Whoever orders needs no change of the checkout any more."""
    shopper, _ = await interrupted(shop, broken)
    record = await shopper.order()

    assert (State.ACCEPTED, None) == (record.state, record.needs_attention)


async def test_end_without_an_order_settles_what_broke_off(shop, broken):
    """Nothing is left that a person could do, nor an act that ended the call."""
    shopper, _ = await interrupted(shop, broken, policy={"checkout_window": timedelta(hours=1)})
    await shopper.travel(timedelta(hours=2))
    await shopper.handle.result()
    record = await shopper.record()

    assert (State.EXPIRED, None) == (record.state, record.needs_attention)


async def test_with_an_order_it_is_a_persons_to_settle(shop, broken):
    """A later look that comes through proves nothing: the call ends by the act alone."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    mend = broken("get_order")
    await shopper.tell("order.charge.failed", Hint.CHARGE_FAILED)
    await shop.until(shopper, attention)
    mend()
    await shopper.at_provider("pay")
    await shopper.settled_as("accepted")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    accepted = await shopper.until(State.ACCEPTED)
    await operate(shopper, "reread")
    settled = await shopper.record()

    assert ("interrupted", None) == (attention(accepted), attention(settled))
