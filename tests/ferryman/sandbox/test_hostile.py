import pytest

from ferryman.sandbox.routes import ROUTES
from ferryman.sandbox.schema import closed_schemas

_WEIRD = (None, True, -1, 0, 10**30, 1.5, "", "\u0000", "x" * 3000, [], [[]], {}, [{}], {"a": {}})
_TAKING = [route for route in ROUTES if route.takes]


def _bodies(schema):
    yield from ({}, [], None, "text", 7)
    for name in closed_schemas()[schema]["properties"]:
        for value in _WEIRD:
            yield {name: value}


async def _existing(shop, kind):
    """Make one of everything, and give the id of one kind."""
    order = await shop.order()
    parcel = await shop.fulfill(order, (3, 0), (1, 0))
    await shop.advance()
    asked = {"orderId": order["id"], "currency": "EUR", "amount": 1}
    sent = {"itemId": parcel["items"][0]["itemId"], "quantity": 1}
    back = await shop.ok("POST", "/returns", {"orderId": order["id"], "items": [sent]})
    ids = {
        "customers": (await shop.ok("POST", "/customers", {}))["id"],
        "checkouts": (await shop.checkout("p-2"))["id"],
        "orders": order["id"],
        "fulfillments": parcel["id"],
        "refunds": (await shop.ok("POST", "/refunds", asked))["id"],
        "returns": back["id"],
        "webhooks": (await shop.ok("GET", "/webhooks"))[0]["id"],
    }
    return ids.get(kind, "1")


@pytest.mark.parametrize("route", _TAKING, ids=lambda route: f"{route.method} {route.path}")
async def test_no_body_breaks_it(shop, route):
    """Whatever is sent, it is answered, and no answer breaches the schema."""
    path = route.path.replace("{id}", await _existing(shop, route.path.split("/")[1]))
    statuses = [(await shop.call(route.method, path, body))[0] for body in _bodies(route.takes)]
    ledger = await shop.ledger()

    assert ledger["violations"] == []
    assert max(statuses) < 500


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (name, value)
        for name in (
            "items",
            "shipTo",
            "billTo",
            "shippingChoice",
            "discount",
            "metadata",
            "locale",
        )
        for value in _WEIRD
    ],
)
async def test_no_part_of_a_checkout_breaks_it(shop, name, value):
    """A good checkout with one part gone strange is taken or refused, and so is its order."""
    status, document, _ = await shop.call("POST", "/checkouts", shop.basket(**{name: value}))
    if status == 201:
        source = await shop.source(None)
        path = f"/checkouts/{document['id']}/sources/{source['id']}"
        attached, _, _ = await shop.call("POST", path)
        body = {"checkoutId": document["id"]}
        status = max(attached, (await shop.call("POST", "/orders", body))[0])
    ledger = await shop.ledger()

    assert status < 500
    assert ledger["violations"] == []


@pytest.mark.parametrize("query", ["limit=x", "ids=", "createdTime=", "createdTime[gte]=", "%00=1"])
@pytest.mark.parametrize("path", ["/orders", "/checkouts", "/events", "/customers", "/refunds"])
async def test_no_query_breaks_it(shop, path, query):
    """A strange query is answered."""
    await shop.order()
    status, _, _ = await shop.call("GET", f"{path}?{query}")

    assert status < 500


@pytest.mark.parametrize(
    "path",
    [
        "/_sandbox/sources",
        "/_sandbox/faults",
        "/_sandbox/event-rules",
        "/_sandbox/variants",
        "/_sandbox/clock/advance",
        "/_sandbox/events/release",
    ],
)
@pytest.mark.parametrize("body", [[], None, "text", 7, {}, {"type": 1}, {"kind": []}, {"by": {}}])
async def test_controls_refuse_nonsense(shop, path, body):
    """A control that is misused says so."""
    status, _, _ = await shop.call("POST", path, body)

    assert status < 500
