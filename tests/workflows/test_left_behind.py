"""What a purchase says once it has ended: while an order of it is left open, and for ever after."""

import asyncio
from collections.abc import Callable

import pytest
from temporalio.api.sdk.v1 import WorkflowMetadata

from ferryman.purchase.messages import Hint
from ferryman.purchase.states import State
from tests.workflows.acting import acts, attention, operate
from tests.workflows.conftest import Shop, Shopper
from tests.workflows.test_operations_late import late
from tests.workflows.test_operations_table import expired

NOTHING = "Nothing can be done any more but to begin a new purchase."


async def page(shopper: Shopper) -> str:
    """What the Web UI shows now."""
    asked = await shopper.handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    return asked.current_details


async def cancelled_at_provider(shopper: Shopper) -> str:
    """The order is cancelled, and the purchase hears of it; how it closes."""
    await shopper.settled_as("cancelled")
    await shopper.tell("order.cancelled", Hint.CANCELLED)
    async with asyncio.timeout(30):
        return await shopper.handle.result()


async def by_customer(shop: Shop) -> Shopper:
    """Unpaid, and not wanted any more."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.cancel()
    return shopper


async def by_operator(shop: Shop) -> Shopper:
    """Ended although it was accepted."""
    shopper = await shop.begin()
    await shopper.order()
    await operate(shopper, "forceCancel")
    return shopper


@pytest.mark.parametrize("end", [by_customer, by_operator])
async def test_closed_purchase_offers_nothing(shop: Shop, end: Callable[[Shop], object]):
    """The last words of a cancelled purchase name no act, which all would be refused."""
    shopper = await end(shop)
    closed = await cancelled_at_provider(shopper)
    said = await page(shopper)

    assert State.CANCELLED == closed
    assert "is watched until" not in said
    assert "temporal workflow update" not in said
    assert said.endswith(NOTHING)


async def test_late_money_that_went_back_elsewhere_calls_nobody(shop: Shop):
    """Cancelled in the Dashboard, it is nobody's decision any more."""
    shopper = await late(shop)
    order = await shop.digital_river.get_order(await shopper.order_id())
    items = [{"itemId": each.id, "cancelQuantity": each.quantity} for each in order.items]
    await shop.digital_river.create_fulfillment({"orderId": order.id, "items": items})
    closed = await cancelled_at_provider(shopper)
    said = await page(shopper)

    assert (State.CANCELLED, None) == (closed, attention(await shopper.record()))
    assert "late_payment`**" not in said
    assert said.endswith(NOTHING)


async def test_expired_purchase_with_an_open_order_can_be_mended(shop: Shop):
    """Its page offers what its workflow takes, and promises nothing about the money."""
    shopper, _ = await expired(shop)
    before = await page(shopper)
    await shopper.variant(pending_cancel="allow")
    await operate(shopper, "retry")
    closed = await cancelled_at_provider(shopper)
    after = await page(shopper)

    assert State.EXPIRED == closed
    for act in ("retry", "forceCancel"):
        assert f'"action":"{act}"' in before
    assert ("Nobody was charged." in before, "Nobody was charged." in after) == (False, True)
    assert ["retry"] == [name for name, _ in await acts(shopper)]
    assert None is attention(await shopper.record())
    assert after.endswith(NOTHING)
