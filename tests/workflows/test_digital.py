"""Lines that are not physical are reported by ourselves, where that is set."""

from datetime import timedelta

import pytest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.purchase.messages import Hint, Refusal
from ferryman.purchase.states import State

AUTOMATIC = {"digital_delivery": "automatic", "poll_interval": timedelta(days=1)}
MIXED = [
    {"lineId": "1", "skuId": "boots", "quantity": 1, "price": 10, "physical": True},
    {"lineId": "2", "skuId": "licence", "quantity": 2, "price": 20, "physical": False},
]
DIGITAL = [{"lineId": "1", "skuId": "licence", "quantity": 1, "price": 20, "physical": False}]


def quantities(record) -> list[tuple[int, int]]:
    """Fulfilled and open of each line."""
    return [(line.fulfilled, line.open) for line in record.items]


async def test_digital_lines_go_out_by_themselves_once(shop):
    """As soon as the order is accepted; a later report of theirs changes nothing."""
    shopper = await shop.begin(policy=AUTOMATIC, items=MIXED)
    await shopper.order()
    record = await shop.until(shopper, lambda record: record.fulfillments)
    again = await shopper.ship("licences", ("2", 2, 0))
    await shopper.ship("parcel-1", ("1", 1, 0), ("2", 2, 0))
    end = await shopper.record()

    assert ["digital"] == [parcel.shipment_id for parcel in record.fulfillments]
    assert [(0, 1), (2, 0)] == quantities(record)
    assert again.done
    assert (State.FULFILLED, [(1, 0), (2, 0)]) == (end.state, quantities(end))
    assert 2 == len((await shopper.ledger())["fulfillments"])


async def test_order_of_licences_alone_is_fulfilled_at_once(shop):
    """A report that comes after the end is answered, not refused."""
    shopper = await shop.begin(policy=AUTOMATIC, items=DIGITAL)
    await shopper.order()
    await shopper.until(State.FULFILLED)
    answer = await shopper.ship("licence-1", ("1", 1, 0))

    assert answer.done
    assert 1 == len((await shopper.ledger())["fulfillments"])


async def test_merchant_reports_by_default(shop):
    """Nothing is shipped that the merchant has not said."""
    shopper = await shop.begin(items=MIXED)
    record = await shopper.order()
    await shopper.ship("licences", ("2", 2, 0))

    assert () == record.fulfillments
    assert [(0, 1), (2, 0)] == quantities(await shopper.record())


async def test_nothing_is_delivered_before_the_money_is_there(shop):
    """A pushed payment is waited for, a review too."""
    shopper = await shop.begin(policy=AUTOMATIC, items=DIGITAL)
    pending = await shopper.order("konbini")
    early = (await shopper.ledger())["fulfillments"]
    await shopper.at_provider("pay")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    record = await shopper.until(State.FULFILLED)

    assert (State.PENDING_PAYMENT, []) == (pending.state, early)
    assert ["digital"] == [parcel.shipment_id for parcel in record.fulfillments]


async def test_what_digital_river_says_is_digital_counts_where_the_merchant_is_silent(shop):
    """The expanded order tells which lines are physical; it is read once for that."""
    await shop.digital_river.put_sku(
        "manual",
        {"name": "Manual", "eccn": "EAR99", "taxCode": "55161516", "countryOfOrigin": "DE"},
    )
    items = [{"lineId": "1", "skuId": "manual", "quantity": 1, "price": 20}]
    shopper = await shop.begin(policy=AUTOMATIC, items=items)
    await shopper.order()
    theirs = (await shop.digital_river.get_order(await shopper.order_id(), expand=True)).items[0]
    await shopper.tell("order.updated", Hint.DIFFERS)
    await shop.until_names(shopper, "order.updated")
    record = await shopper.record()

    delivered = [parcel.shipment_id for parcel in record.fulfillments]
    assert (["digital"] if theirs.product_details.physical is False else []) == delivered
    assert theirs.product_details.physical is record.items[0].physical


async def test_refused_delivery_calls_a_person_and_is_the_merchants_then(shop):
    """It is not tried again by itself; the merchant's own report is taken."""
    shopper = await shop.begin(policy=AUTOMATIC, items=DIGITAL)
    body = {"type": "conflict", "errors": [{"code": "some_conflict", "message": "No."}]}
    await shopper.fault(method="POST", path="/fulfillments", kind="status", status=409, body=body)
    await shopper.order()
    refused = await shop.until(shopper, lambda record: record.needs_attention)
    await shopper.ship("licence-1", ("1", 1, 0))
    record = await shopper.record()

    assert "shipment_refused" == refused.needs_attention.reason
    assert ["licence-1"] == [parcel.shipment_id for parcel in record.fulfillments]
    assert None is record.needs_attention


async def test_more_than_is_open_is_still_refused(shop):
    """Only what has gone out by itself is forgiven."""
    shopper = await shop.begin(policy=AUTOMATIC, items=MIXED)
    await shopper.order()
    await shop.until(shopper, lambda record: record.fulfillments)
    with pytest.raises(WorkflowUpdateFailedError) as caught:
        await shopper.ship("parcel-1", ("1", 2, 0))

    assert Refusal.INVALID == caught.value.cause.type
