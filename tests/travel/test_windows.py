"""Reviews and disputes that take their time."""

from datetime import timedelta

DAY = timedelta(days=1)


async def test_review_that_takes_longer_than_three_days(world):
    """After three days a person is called; the review's end dismisses them."""
    shopper = await world.open()
    reviewed = await shopper.order(last_name="Review")
    await world.travel(3 * DAY - timedelta(minutes=1))
    before = await shopper.view()
    await world.travel(timedelta(minutes=2))
    overdue = await shopper.shows(lambda view: view["needsAttention"])
    await world.travel(DAY)
    await shopper.at_provider("review", decision="pass")
    accepted = await shopper.until("accepted")

    assert "in_review" == reviewed["state"]
    assert ("in_review", None) == (before["state"], before["needsAttention"])
    assert ("in_review", "review_overdue") == (
        overdue["state"],
        overdue["needsAttention"]["reason"],
    )
    assert None is accepted["needsAttention"]


async def test_dispute_of_six_weeks(world):
    """What ships meanwhile is held for as long as the bank needs, and goes out afterwards."""
    shopper = await world.open()
    await shopper.order("wireTransfer")
    await shopper.at_provider("pay")
    await shopper.until("accepted")
    await shopper.ship("parcel-1", ("1", 1, 0))
    await shopper.booked(lambda ledger: "complete" in str(ledger["charges"][0].get("captures")))
    await shopper.at_provider("dispute")
    await shopper.until("disputed")
    await shopper.ship("parcel-2", ("1", 1, 0), ("2", 3, 0))
    await world.travel(42 * DAY)
    held = await shopper.view()
    fulfillments = len((await shopper.ledger())["fulfillments"])
    await shopper.at_provider("resolve")
    complete = await shopper.until("complete")

    assert ("disputed", ["captured", "held"]) == (
        held["state"],
        [each["state"] for each in held["fulfillments"]],
    )
    assert 1 == fulfillments
    assert ["captured", "captured"] == [each["state"] for each in complete["fulfillments"]]
    assert 2 == len((await shopper.ledger())["fulfillments"])
