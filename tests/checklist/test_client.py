"""How Digital River is called: one change at a time, and not at all while it asks for peace."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import aiohttp
import pytest
from temporalio.client import WorkflowUpdateFailedError

from ferryman.digital_river.errors import TooManyRequests
from ferryman.purchase.messages import Hint
from ferryman.records import DatabasePace
from tests.running.river import client_of

ROUNDING = timedelta(milliseconds=2)


def span(call: dict[str, Any]) -> tuple[datetime, datetime]:
    """From when to when the sandbox was busy with a call."""
    end = datetime.fromisoformat(call["time"])
    return end - timedelta(milliseconds=call["durationMs"]), end


def overlapping(calls: list[dict[str, Any]]) -> list[str]:
    """The changes that began before the one before them was over."""
    spans = sorted((*span(call), call["path"]) for call in calls if call["method"] != "GET")
    return [
        f"{before[2]} and {after[2]}"
        for before, after in pairwise(spans)
        if after[0] < before[1] - ROUNDING
    ]


async def tried(*calls: Any) -> None:
    """Make calls at once; some may be refused in the state that another has led to."""
    for result in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(result, BaseException) and not isinstance(result, WorkflowUpdateFailedError):
            raise result


async def test_no_two_changes_of_one_purchase_at_once(shop):
    """However much comes in at the same time, Digital River is asked for one change at a time."""
    shopper = await shop.begin()
    await shopper.fault(kind="latency", method="POST", delay="PT0.1S", times=0)
    emails = [f"erika{number}@example.com" for number in range(5)]
    await tried(*(shopper.patch(email=email) for email in emails), shopper.choose(attach=False))
    await shopper.choose()
    await tried(shopper.submit(), shopper.patch(email=emails[0]), shopper.submit())
    parcels = [("parcel-0", ("1", 1, 0)), ("parcel-1", ("1", 1, 0)), ("parcel-2", ("2", 1, 1))]
    await tried(
        *(shopper.ship(*parcel) for parcel in parcels),
        shopper.tell("order.accepted", Hint.ACCEPTED),
    )
    await tried(
        shopper.cancel(items=[{"lineId": "2", "quantity": 1}]),
        *(shopper.ship(*parcel) for parcel in parcels),
        shopper.tell("order.charge.capture.complete", Hint.MONEY_MOVED),
    )
    calls = (await shopper.ledger())["requests"]
    changes = [call["path"].split("/")[1] for call in calls if call["method"] == "POST"]

    assert (changes.count("orders"), changes.count("fulfillments")) == (1, 4)
    assert changes.count("checkouts") >= 7
    assert [] == overlapping(calls)


async def test_overlap_would_be_seen(shop):
    """Two changes that are made at once without the flow do overlap in the sandbox's log."""
    shopper = await shop.begin()
    await shopper.fault(kind="latency", method="POST", delay="PT0.1S", times=0)
    checkout = (await shopper.record()).checkout.id
    change = {"email": "erika@example.com"}
    await asyncio.gather(*(shop.digital_river.update_checkout(checkout, change) for _ in range(2)))

    assert 1 == len(overlapping((await shopper.ledger())["requests"]))


async def test_all_stand_still_after_a_429(shop, sandbox_url):
    """Retry-After holds for every caller of every worker, not only for the one that was told."""
    async with aiohttp.ClientSession() as session:
        pace = DatabasePace(shop.records.engine, 40)
        clients = [client_of(session, sandbox_url, timeout_seconds=10, pace=pace) for _ in range(2)]
        fault = {"kind": "status", "status": 429, "retryAfter": 1, "path": "/orders"}
        await shop.control("POST", "faults", fault)
        with pytest.raises(TooManyRequests) as caught:
            await clients[0].list_orders(checkout_id="1")
        told = datetime.now(UTC)
        await asyncio.gather(*(clients[number % 2].list_orders() for number in range(6)))

    later = [span(call)[0] for call in (await shop.control("GET", "ledger"))["requests"]][1:]
    assert timedelta(seconds=1) == caught.value.retry_after
    assert 6 == len(later)
    assert min(later) >= told + timedelta(seconds=0.95)
