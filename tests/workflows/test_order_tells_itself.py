"""Orders whose answer was lost and that no list shows: an event of their own brings them."""

from ferryman.purchase.messages import Hint
from ferryman.purchase.states import State
from tests.workflows.acting import acts, lost, until_tried_again


async def test_event_of_the_order_ends_the_search(shop):
    """The order is followed, nobody had to act, and the timeline has the event."""
    shopper = await shop.begin()
    submitting = await lost(shop, shopper)
    order_id = await shopper.order_id()
    await until_tried_again(shopper, "create_order")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await submitting
    await shop.until_names(shopper, "order.accepted")
    record = await shopper.record()

    assert (State.ACCEPTED, order_id) == (record.state, record.order.id)
    assert record.needs_attention is None
    assert 1 == len((await shopper.ledger())["orders"])
    assert [] == await acts(shopper)
    assert "order_adopted" in await shopper.names()


async def test_event_that_came_before_the_loss_was_known_counts(shop):
    """What was told while the first try was under way is looked at once that has failed."""
    shopper = await shop.begin()
    submitting = await lost(shop, shopper, kind="timeout_after")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await submitting

    assert State.ACCEPTED is (await shopper.record()).state
    assert "order_adopted" in await shopper.names()


async def test_event_of_another_order_ends_no_search(shop):
    """An order that was made of another checkout is not ours, whoever tells of it."""
    other, shopper = await shop.begin(), await shop.begin()
    await other.order()
    strange, submitting = await other.order_id(), await lost(shop, shopper)
    await until_tried_again(shopper, "create_order")
    await shopper.tell("order.accepted", Hint.ACCEPTED, order_id=strange)
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await submitting
    record = await shopper.record()

    assert await shopper.order_id() == record.order.id


async def test_order_that_cannot_be_read_yet_is_looked_at_again(shop):
    """Reading by its id may lag as lists do; the event is not used up by that."""
    shopper = await shop.begin()
    submitting = await lost(shop, shopper)
    await shopper.fault(method="GET", path="/orders/*", kind="status", status=404, times=2)
    await until_tried_again(shopper, "create_order")
    await shopper.tell("order.accepted", Hint.ACCEPTED)
    await submitting

    assert State.ACCEPTED is (await shopper.record()).state
    assert "order_adopted" in await shopper.names()
