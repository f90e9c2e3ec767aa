"""Webhooks as Digital River really sends them: thrice, in any order, many at once."""

import asyncio

import pytest

from ferryman.purchase.states import State


async def events(shopper) -> list[dict]:
    """The events that Digital River has made of this purchase, oldest first."""
    return [entry["event"] for entry in (await shopper.ledger())["events"]]


async def taken(door, event: dict) -> int:
    """Send an event as often as a busy Temporal needs, and give the answer that it ends with."""
    while (reply := await door.webhook(event)).status == 503:
        continue
    return reply.status


@pytest.mark.parametrize("backwards", [True, False])
async def test_every_event_three_times(shop, door, backwards):
    """Each event of a purchase thrice, in order or against it: the same end, each noted once."""
    shopper = await shop.begin()
    await shopper.order("konbini")
    await shopper.at_provider("pay")
    for event in (await events(shopper)) * 3:
        assert 202 == await taken(door, event)
    await shopper.until(State.ACCEPTED)
    await shopper.ship("parcel-1", ("1", 2, 0), ("2", 3, 0))
    await shop.until_ledger(shopper, lambda ledger: ledger["orders"][0]["state"] == "complete")
    sent = (await events(shopper)) * 3
    for event in reversed(sent) if backwards else sent:
        assert 202 == await taken(door, {**event, "brandNew": {"field": 1}})

    assert State.COMPLETE == await shopper.handle.result()
    assert 1 == (await shopper.names()).count("order.accepted")


async def test_a_hundred_at_once(shop, door):
    """A hundred callbacks in parallel are all taken, and each purchase is moved by its own."""
    shoppers = [await shop.begin() for _ in range(5)]
    for shopper in shoppers:
        await shopper.order("konbini")
    for shopper in shoppers[:3]:
        await shopper.at_provider("pay")
    sent = [event for shopper in shoppers for event in await events(shopper)]
    hundred = (sent * 100)[:100]
    statuses = await asyncio.gather(*(taken(door, event) for event in hundred))
    for shopper in shoppers[:3]:
        await shopper.until(State.ACCEPTED)

    assert {202} == set(statuses)
    assert [State.PENDING_PAYMENT] * 2 == [
        (await shopper.record()).state for shopper in shoppers[3:]
    ]
