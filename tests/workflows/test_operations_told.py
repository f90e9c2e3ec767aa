"""An act that waits is told when it is taken: who, why, and about what."""

import asyncio

from tests.workflows.acting import ACTOR, REASON, acts, operate
from tests.workflows.test_operations_late import late


async def test_money_that_is_to_be_kept_while_digital_river_is_away(shop):
    """Before it is known whether the order can be kept, the timeline says whose money is meant."""
    shopper = await late(shop)
    order_id = await shopper.order_id()
    await shopper.fault(method="*", path="/*", kind="status", status=503, times=0)
    accepting = asyncio.ensure_future(operate(shopper, "acceptLatePayment"))
    await shop.until_names(shopper, "acceptLatePayment")
    waiting = accepting.done(), await acts(shopper)
    await shop.control("DELETE", "faults")
    answer = await accepting

    said = {"actor": ACTOR, "reason": REASON, "orderId": order_id}
    assert (False, [("acceptLatePayment", said)]) == waiting
    assert (True, 1) == (answer.done, len(await acts(shopper)))
