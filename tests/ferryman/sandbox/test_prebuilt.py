from decimal import Decimal

import pytest

_SESSION = {
    "currency": "EUR",
    "taxInclusive": False,
    "upstreamId": "p-9",
    "items": [{"skuId": "lamp", "quantity": 2, "price": 10, "metadata": {"lineId": "1"}}],
    "shipFrom": {"address": {"country": "DE"}},
    "options": {
        "shippingMethods": [{"amount": 5, "description": "standard", "serviceLevel": "SG"}]
    },
}


async def _session(shop, **changes):
    return await shop.ok("POST", "/drop-in/checkout-sessions", {**_SESSION, **changes})


async def _told(shop):
    types = "order.accepted,order.pending_payment,checkout_session.order.created"
    return (await shop.ok("GET", f"/events?types={types}"))["data"]


async def test_a_session(shop):
    """A session has an id and a link, and no order."""
    session = await _session(shop)

    assert set(session) == {"id", "link", "liveMode"}
    assert session["link"].endswith(session["id"])
    assert (await shop.ledger())["orders"] == []


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"items": []}, "items"),
        ({"items": [{"skuId": "lamp"}]}, "items[0].price"),
        ({"currency": "EURO"}, "currency"),
        ({"sourceId": "x"}, "sourceId"),
    ],
)
async def test_refused(shop, changes, parameter):
    """What no checkout could be made of is refused before anyone buys."""
    body = {**_SESSION, **changes}
    refusal = await shop.refused("POST", "/drop-in/checkout-sessions", body)

    assert refusal[1]["parameter"] == parameter


async def test_bought(shop):
    """The shopper buys: Digital River makes checkout and order, and tells of both."""
    session = await _session(shop)
    order = await shop.ok("POST", f"/_sandbox/checkout-sessions/{session['id']}/buy")
    told = await _told(shop)
    subject = told[0]["data"]["object"]
    ledger = await shop.ledger("p-9")

    assert (order["state"], order["upstreamId"]) == ("accepted", "p-9")
    assert order["totalAmount"] == Decimal("29.75")
    assert [one["type"] for one in told] == ["checkout_session.order.created", "order.accepted"]
    assert (subject["id"], subject["checkoutSessionId"]) == (order["id"], session["id"])
    assert subject["consents"]["termsOfSale"] is True
    assert subject["shipTo"]["saveForLater"] is False
    assert [one["path"] for one in ledger["requests"]] == ["/drop-in/checkout-sessions"]
    assert len(ledger["checkouts"]) == 1
    assert ledger["violations"] == []


async def test_bought_once(shop):
    """A session makes one order."""
    path = f"/_sandbox/checkout-sessions/{(await _session(shop))['id']}/buy"
    await shop.ok("POST", path)

    assert (await shop.refused("POST", path))[0] == 409


async def test_declined(shop):
    """A card that is declined leaves the session to be tried again."""
    path = f"/_sandbox/checkout-sessions/{(await _session(shop))['id']}/buy"
    refusal = await shop.refused("POST", path, {"cardNumber": "4000000000003600"})
    order = await shop.ok("POST", path, {"type": "wireTransfer"})

    assert refusal[0] == 409
    assert order["state"] == "pending_payment"
    assert [one["type"] for one in await _told(shop)] == [
        "checkout_session.order.created",
        "order.pending_payment",
    ]


@pytest.mark.parametrize("body", [{"shipTo": 7}, {"email": []}, {"type": "shells"}])
async def test_nonsense(shop, body):
    """A shopper's odd choices are refused."""
    session = await _session(shop)
    path = f"/_sandbox/checkout-sessions/{session['id']}/buy"

    assert (await shop.refused("POST", path, body))[0] == 400


async def test_the_page(shop):
    """The link leads to a page on which one can buy; an unknown session has none."""
    session = await _session(shop, upstreamId="p-8")
    path = f"/checkout-sessions/{session['id']}"
    before = (await shop.call("GET", path))[1]
    await shop.press(path, "buy")
    after = (await shop.call("GET", path))[1]

    assert b"<button>" in before
    assert b"Thank you" in after
    assert (await shop.ledger("p-8"))["orders"][0]["state"] == "accepted"
    assert (await shop.call("GET", "/checkout-sessions/none"))[0] == 404


async def test_kept(kept):
    """A session outlives a restart."""
    shop = await kept.start()
    session = await _session(shop)
    shop = await kept.restart(shop)

    order = await shop.ok("POST", f"/_sandbox/checkout-sessions/{session['id']}/buy")

    assert order["state"] == "accepted"
