"""What the sandbox tells has the shape of Digital River's published events, type by type."""

import json
from pathlib import Path

import pytest

from ferryman.digital_river.events import is_known, read_event

_PUBLISHED = Path(__file__).parents[1] / "digital_river" / "examples" / "events"
_INCIDENTAL = {"customerId", "metadata", "pricingFormat", "shipFrom", "shippingChoice"}
"""What an event has because of what was bought by whom, not because of its type."""


async def _ship(shop, order):
    await shop.fulfill(order, (3, 0), (1, 0))
    await shop.advance()


async def _refund(shop, order):
    body = {"orderId": order["id"], "currency": "EUR", "percent": 50}
    await shop.ok("POST", "/refunds", body)
    await shop.advance()


async def _card(shop):
    order = await shop.order()
    parcel = {**shop.parcel(order, (3, 0), (1, 0)), "trackingCompany": "DHL"}
    tracking = {"trackingNumber": "Z1", "trackingUrl": "https://example.com/Z1"}
    await shop.ok("POST", "/fulfillments", {**parcel, **tracking})
    await shop.advance()
    await _refund(shop, order)
    item = {"itemId": order["items"][0]["id"], "quantity": 1}
    wish = {"orderId": order["id"], "items": [item], "reason": "too small"}
    back = await shop.ok("POST", "/returns", wish)
    await shop.ok("POST", f"/returns/{back['id']}", {"state": "accepted"})
    await shop.control(order, "dispute")
    await shop.control(order, "chargeback", amount=1)


async def _pushed(shop):
    order = await shop.order("p-2", kind="wireTransfer", last_name="RefundFailAfterPaymentInfo")
    await shop.control(order, "pay")
    await _ship(shop, order)
    await _refund(shop, order)
    refund = (await shop.ok("GET", "/refunds"))["data"][0]
    await shop.ok("POST", f"/_sandbox/refunds/{refund['id']}/information")


async def _blocked(shop):
    order = await shop.order("p-3", last_name="Review")
    await shop.control(order, "review", decision="block")


async def _unauthorised(shop):
    await shop.ok("POST", "/_sandbox/variants", {"upstreamId": "p-4", "authorization": "averse"})
    order = await shop.order("p-4")
    await shop.advance("P8D")
    await shop.refused("POST", "/fulfillments", shop.parcel(order, (3, 0)))


async def _prebuilt(shop):
    item = {"skuId": "lamp", "quantity": 1, "price": 10}
    body = {"currency": "EUR", "items": [item], "shipFrom": {"address": {"country": "DE"}}}
    session = await shop.ok("POST", "/drop-in/checkout-sessions", body)
    await shop.ok("POST", f"/_sandbox/checkout-sessions/{session['id']}/buy")


_STORIES = {
    _card: [
        "order.accepted",
        "fulfillment.created",
        "order.charge.capture.pending",
        "order.charge.capture.complete",
        "order.fulfilled",
        "order.invoice.created",
        "refund.pending",
        "refund.complete",
        "order.charge.refund.complete",
        "order.refunded",
        "return.accepted",
        "order.dispute",
    ],
    _pushed: ["order.pending_payment", "refund.pending_information", "refund.failed"],
    _blocked: ["order.blocked"],
    _unauthorised: ["order.charge.reauth.failed"],
    _prebuilt: ["checkout_session.order.created"],
}


def test_every_published_type_is_told():
    """No published event is left out above."""
    told = {kind for kinds in _STORIES.values() for kind in kinds}

    assert {path.stem for path in _PUBLISHED.glob("*.json")} == told


async def test_all_of_them_are_sent(shop):
    """The webhook that is there from the start asks for every published type, and chargebacks."""
    (webhook,) = await shop.ok("GET", "/webhooks")
    wanted = {path.stem for path in _PUBLISHED.glob("*.json")} | {"order.chargeback"}

    assert wanted - set(webhook["types"]) == set()


@pytest.mark.parametrize("story", _STORIES, ids=lambda story: story.__name__)
async def test_shapes(shop, story):
    """Each event has all that the published one of its type has, and is in the same state."""
    await story(shop)
    ledger = await shop.ledger()
    told = {}
    for entry in ledger["events"]:
        told.setdefault(entry["event"]["type"], entry["event"]["data"]["object"])

    for kind in _STORIES[story]:
        published = json.loads((_PUBLISHED / f"{kind}.json").read_text())["data"]["object"]
        missing = published.keys() - told[kind].keys() - _INCIDENTAL
        assert missing == set(), kind
        if not kind.startswith("order.charge"):
            assert published.get("state") == told[kind].get("state"), kind
    assert ledger["violations"] == []


@pytest.mark.parametrize("story", _STORIES, ids=lambda story: story.__name__)
async def test_understood(shop, story):
    """The client reads each of them, and finds the order wherever the type is about one."""
    await story(shop)
    ledger = await shop.ledger()
    orders = {order["id"] for order in ledger["orders"]}
    events = [read_event(entry["event"]) for entry in ledger["events"]]

    assert [one.type for one in events if is_known(one.type) and one.order_id not in orders] == []
