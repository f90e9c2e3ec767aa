import re

from ferryman.sandbox.routes import ROUTES

_SKU = {"name": "Lamp", "eccn": "EAR99", "taxCode": "4323.310_A", "countryOfOrigin": "DE"}


async def _drive(shop):
    await _catalogue(shop)
    await _customers(shop)
    order = await _orders(shop)
    await _money(shop, order)
    await _notices(shop)


async def _catalogue(shop):
    await shop.ok("PUT", "/skus/lamp", _SKU)
    await shop.ok("PUT", "/skus/lamp", {**_SKU, "weight": 1.5})
    await shop.ok("POST", "/skus", {**_SKU, "id": "desk", "hsCode": "1234.56.7890"})
    await shop.ok("POST", "/skus/desk", {"countryOfOrigin": "US", "metadata": {"a": 1}})
    await shop.ok("GET", "/skus?ids=desk,lamp")
    await shop.ok("GET", "/skus/lamp")
    await shop.ok("DELETE", "/skus/desk")


async def _customers(shop):
    await shop.ok("POST", "/customers", {"id": "c-1", "email": "erika@example.com"})
    await shop.ok("POST", "/customers/c-1", {"metadata": {"level": "gold"}, "locale": "de_DE"})
    await shop.ok("GET", "/customers?email=erika@example.com")
    source = await shop.source(None)
    await shop.ok("POST", f"/customers/c-1/sources/{source['id']}")
    tax = await shop.ok("POST", "/tax-identifiers", {"type": "de", "value": "DE123456789"})
    await shop.ok("POST", f"/customers/c-1/tax-identifiers/{tax['id']}")
    await shop.ok("GET", "/customers/c-1")
    await shop.ok("GET", "/tax-identifiers?type=de")
    await shop.ok("GET", f"/tax-identifiers/{tax['id']}")
    await shop.advance()
    business = {"customerType": "business", "taxIdentifiers": [{"id": tax["id"]}]}
    checkout = await shop.checkout("p-tax", customerId="c-1", sourceId=source["id"], **business)
    await shop.ok("POST", "/orders", {"checkoutId": checkout["id"]})
    await shop.ok("DELETE", f"/tax-identifiers/{tax['id']}")
    await shop.ok("DELETE", f"/customers/c-1/sources/{source['id']}")
    await shop.ok("DELETE", "/customers/c-1")


async def _orders(shop):
    item = {"skuId": "lamp", "quantity": 1, "price": 10}
    await shop.ok("POST", "/drop-in/checkout-sessions", {"currency": "EUR", "items": [item]})
    checkout = await shop.checkout()
    await shop.ok("POST", f"/checkouts/{checkout['id']}", {"shippingChoice": {"amount": 5}})
    await shop.ok("GET", f"/checkouts/{checkout['id']}")
    credit = {"type": "customerCredit", "amount": 10.5, "customerCredit": {}, "upstreamId": "g-1"}
    session = checkout["payment"]["session"]["id"]
    gift = await shop.ok("POST", "/sources", {**credit, "paymentSessionId": session})
    await shop.attach(checkout, gift)
    card = await shop.source(checkout)
    await shop.attach(checkout, card)
    await shop.ok("GET", f"/sources/{card['id']}")
    await shop.ok("GET", "/checkouts?upstreamIds=p-1")
    order = await shop.ok("POST", "/orders", {"checkoutId": checkout["id"]})
    await shop.ok("POST", f"/orders/{order['id']}", {"metadata": {"b": "2"}, "upstreamId": "p-1"})
    await shop.ok("POST", f"/orders/{order['id']}/refresh")
    await shop.ok("GET", f"/orders/{order['id']}?expand=true")
    await shop.ok("GET", "/orders?upstreamIds=p-1&state=accepted")
    other = await shop.checkout("p-2")
    stray = await shop.attach(other, await shop.source(other))
    await shop.ok("DELETE", f"/checkouts/{other['id']}/sources/{stray['id']}")
    await shop.ok("DELETE", f"/checkouts/{other['id']}")
    return order


async def _money(shop, order):
    parcel = await shop.fulfill(order, (2, 0))
    await shop.ok("POST", f"/fulfillments/{parcel['id']}", {"trackingNumber": "Z1"})
    await shop.fulfill(order, (1, 0), (0, 1))
    await shop.advance()
    await shop.ok("GET", f"/fulfillments?orderId={order['id']}")
    await shop.ok("GET", f"/fulfillments/{parcel['id']}")
    charge = (await shop.reread(order))["payment"]["charges"][0]
    await shop.ok("GET", f"/charges/{charge['id']}")
    asked = {"orderId": order["id"], "currency": "EUR", "amount": 5.5, "reason": "scratched"}
    refund = await shop.ok("POST", "/refunds", asked)
    await shop.ok("POST", f"/refunds/{refund['id']}", {"metadata": {"clerk": "7"}})
    await shop.ok("GET", f"/refunds/{refund['id']}")
    await shop.advance()
    await shop.ok("GET", f"/refunds?orderId={order['id']}")
    await _goods_back(shop, order)


async def _goods_back(shop, order):
    items = [{"itemId": order["items"][0]["id"], "quantity": "2"}]
    asked = {"orderId": order["id"], "reason": "too small", "items": items}
    back = await shop.ok("POST", "/returns", asked)
    await shop.ok("POST", f"/returns/{back['id']}", {"state": "accepted"})
    await shop.ok("GET", f"/returns/{back['id']}")
    await shop.ok("GET", f"/returns?orderId={order['id']}&state=accepted")
    await shop.advance()


async def _notices(shop):
    upload = {"purpose": "tax_document_customer_upload", "fileName": "tax.pdf", "file": "JVBERg=="}
    await shop.ok("POST", "/files", upload)
    files = await shop.ok("GET", "/files?purpose=customer_invoice")
    file = files["data"][0]
    await shop.ok("GET", f"/files/{file['id']}")
    content = await shop.ok("GET", f"/files/{file['id']}/content")
    assert content.startswith(b"%PDF")
    wish = {"fileId": file["id"], "expiresTime": "2999-01-01T00:00:00Z"}
    link = await shop.ok("POST", "/file-links", wish)
    await shop.ok("GET", f"/file-links/{link['id']}")
    await shop.ok("GET", f"/file-links?fileId={file['id']}&expired=false")
    events = await shop.ok("GET", "/events?types=order.accepted,order.complete&limit=100")
    await shop.ok("GET", f"/events/{events['data'][0]['id']}")
    hook = await shop.ok(
        "POST",
        "/webhooks",
        {"types": ["order.accepted"], "address": "https://shop.example.com/hook"},
    )
    await shop.ok("GET", f"/webhooks/{hook['id']}")
    await shop.ok("GET", "/webhooks?types=order.accepted")
    await shop.ok("PATCH", f"/webhooks/{hook['id']}", {"enabled": False})
    await shop.ok("DELETE", f"/webhooks/{hook['id']}")


async def test_every_route_answers_by_the_schema(shop):
    """Every operation succeeds at least once, and no answer or event breaches the schema."""
    await _drive(shop)
    ledger = await shop.ledger()
    done = {(one["method"], one["path"]) for one in ledger["requests"] if one["status"] < 300}
    missed = [
        f"{route.method} {route.path}"
        for route in ROUTES
        if not any(
            method == route.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", route.path), path)
            for method, path in done
        )
    ]

    assert missed == []
    assert ledger["violations"] == []


async def test_a_breach_is_a_loud_500(shop, monkeypatch):
    """An answer that breaches the schema becomes a 500 and is booked as a violation."""
    monkeypatch.setattr("ferryman.sandbox.world.World.stamp", lambda _: "yesterday")
    status, _, _ = await shop.call("POST", "/customers", {"id": "c-1"})
    ledger = await shop.ledger()

    assert status == 500
    assert "yesterday" in ledger["violations"][0]["problem"]
