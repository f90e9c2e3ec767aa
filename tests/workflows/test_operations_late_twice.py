"""Two orders of one purchase that are paid for after its end: each is decided by itself."""

import asyncio
from datetime import timedelta

from ferryman.purchase.messages import Hint
from ferryman.purchase.states import State
from tests.workflows.acting import acts, attention, operate, refused
from tests.workflows.conftest import POLL_SECONDS, Shop, Shopper
from tests.workflows.test_left_behind import page
from tests.workflows.test_operations_late import SPARSE, keeper_of


async def twice_late(shop: Shop) -> tuple[Shopper, list[str]]:
    """A cancelled purchase, and its orders, both of which are paid for."""
    shopper = await shop.begin(policy=SPARSE)
    await shopper.variant(unpaid="silent", pending_cancel="refuse")
    await shopper.choose("bancontact", returnUrl="https://shop.example/back")
    await shopper.submit()
    orders = [await shopper.order_id()]
    await shopper.at_provider("abandon")
    await shopper.refresh()
    record = await shopper.order("konbini")
    orders.append(record.order.id)
    await shopper.travel(timedelta(days=7, hours=7))
    await shopper.until(State.CANCELLED)
    await shopper.variant(pending_cancel="allow")
    for number, order_id in enumerate(orders, start=1):
        await shop.control("POST", f"orders/{order_id}/pay", {"force": True})
        await shop.until_ledger(
            shopper,
            lambda ledger, paid=number: (
                paid == sum(each["state"] == "accepted" for each in ledger["orders"])
            ),
        )
        await shopper.tell("order.accepted", Hint.ACCEPTED, order_id=order_id)
    async with asyncio.timeout(30):
        while (await page(shopper)).count("was paid for after the end") < len(orders):
            await asyncio.sleep(POLL_SECONDS)
    return shopper, orders


async def test_each_late_payment_is_kept_by_its_name(shop: Shop):
    """Unnamed neither is taken; named one after the other, each has a purchase of its own."""
    shopper, orders = await twice_late(shop)
    kind, said = await refused(shopper, "acceptLatePayment")
    kept = []
    for order_id in orders:
        await operate(shopper, "acceptLatePayment", orderId=order_id)
        keeper = await keeper_of(shop, shopper)
        kept.append((await keeper.until(State.ACCEPTED)).order.id)
        assert keeper.id == await shop.records.owner_of_order(order_id)
    end = await shopper.handle.result()

    assert "NotAllowed" == kind
    assert all(order_id in said for order_id in orders)
    assert orders == kept == [detail["orderId"] for _, detail in await acts(shopper)]
    assert (State.CANCELLED, None) == (end, attention(await shopper.record()))
