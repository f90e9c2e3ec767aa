"""Webhooks that nobody takes for days."""

import json
from datetime import timedelta

from ferryman.digital_river.signature import HEADER, sign
from ferryman.sandbox import DEFAULT_WEBHOOK_SECRET

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
STATES = {"pending_payment", "accepted"}


async def sent(shopper, kind="order.accepted"):
    """How the deliveries of an event went."""
    events = (await shopper.ledger())["events"]
    record = next(each for each in events if each["event"]["type"] == kind)
    return [each["status"] for each in record["deliveries"]], record["state"]


async def unpaid_order(world):
    """A purchase that waits for a wire transfer, of which it has been told."""
    shopper = await world.open()
    await shopper.order("wireTransfer")
    await shopper.told("order.pending_payment")
    return shopper


async def test_sixty_hours_in_which_temporal_takes_nothing(world):
    """Each try is signed anew and refused with 503; the first after the gate opens is taken.

    The purchase has looked for itself long before, so that the late event changes nothing.
    """
    shopper = await unpaid_order(world)
    world.parts.gate.shut()
    await shopper.at_provider("pay")
    await world.travel(60 * HOUR)
    before, fate = await sent(shopper)
    found = await shopper.until("accepted")
    unheard = await shopper.names()
    world.parts.gate.open()
    await world.travel(12 * HOUR)
    await shopper.told("order.accepted")
    statuses, end = await sent(shopper)
    names = await shopper.names()

    assert ({503}, "pending") == (set(before), fate)
    assert 10 < len(before)
    assert "order.accepted" not in unheard
    assert ([*before, 202], "delivered") == (statuses, end)
    assert 1 == names.count("order.accepted")
    assert ["pending_payment", "accepted"] == [each for each in names if each in STATES]
    assert found["order"] == (await shopper.view())["order"]


async def test_sixty_hours_without_an_api(world):
    """Where nobody answers at all it is the same: the event arrives once somebody does."""
    shopper = await unpaid_order(world)
    await world.parts.door.close()
    await shopper.at_provider("pay")
    await world.travel(60 * HOUR)
    before, fate = await sent(shopper)
    await world.parts.door.open()
    await world.travel(12 * HOUR)
    await shopper.told("order.accepted")
    statuses, end = await sent(shopper)

    assert ({"ClientConnectorError"}, "pending") == (set(before), fate)
    assert ([*before, 202], "delivered") == (statuses, end)
    assert "accepted" == (await shopper.view())["state"]


async def test_an_event_that_is_never_delivered(world):
    """After three days Digital River gives up; the purchase has long looked for itself."""
    shopper = await unpaid_order(world)
    await world.parts.door.close()
    await shopper.at_provider("pay")
    await world.travel(4 * DAY)
    await world.parts.door.open()
    found = await shopper.until("accepted")
    statuses, fate = await sent(shopper)

    assert "accepted" == found["state"]
    assert "failed" == fate
    assert {"ClientConnectorError"} == set(statuses)
    assert "order.accepted" not in await shopper.names()


async def test_a_request_of_yesterday_is_stale(world):
    """The clock that signatures are judged by moves along: what was valid is not any more."""
    body = json.dumps({"id": "e-1", "type": "sku.created", "data": {"object": {}}}).encode()
    stamp = str(round(world.now().timestamp() * 1000))
    headers = {
        HEADER: sign(DEFAULT_WEBHOOK_SECRET, stamp, body),
        "Content-Type": "application/json",
    }
    url = f"{world.parts.door.url}/webhooks/digital-river"
    answers = []
    for by in (timedelta(0), timedelta(minutes=4), timedelta(minutes=2)):
        await world.travel(by)
        async with world.parts.http.post(url, data=body, headers=headers) as answer:
            answers.append(answer.status)

    assert [202, 202, 401] == answers
