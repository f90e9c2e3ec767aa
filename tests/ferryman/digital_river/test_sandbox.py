"""The client and the sandbox understand each other from checkout to refund."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import aiohttp
import pytest
from aiohttp.test_utils import TestServer
from pydantic import SecretStr

from ferryman.digital_river.client import DigitalRiver
from ferryman.digital_river.errors import InvalidRequest, NotFound, Unauthorized
from ferryman.sandbox import SandboxSettings, create_sandbox

ADDRESS = {"line1": "Musterweg 1", "city": "Berlin", "postalCode": "10178", "country": "DE"}
SHOPPER = {"name": "Erika Beispiel", "email": "erika@example.com", "address": ADDRESS}
OWNER = {"firstName": "Erika", "lastName": "Beispiel", "email": "erika@example.com"}
CHECKOUT = {
    "currency": "EUR",
    "email": "erika@example.com",
    "upstreamId": "client-1",
    "billTo": SHOPPER,
    "items": [
        {
            "productDetails": {
                "id": "book-1",
                "name": "Book",
                "skuGroupId": "digital",
                "countryOfOrigin": "DE",
            },
            "price": Decimal("10.10"),
            "quantity": 2,
            "metadata": {"lineId": "1"},
        }
    ],
    "metadata": {"attempt": 1},
}


@pytest.fixture
async def sandbox():
    """Run a sandbox without webhooks and without a rate."""
    app = create_sandbox(SandboxSettings(webhook_url="", rate_limit=0))
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("")).rstrip("/")


@pytest.fixture
async def session():
    """Open a session for both sides."""
    async with aiohttp.ClientSession() as session:
        yield session


def client_of(session, url, key="sk_test_sandbox"):
    """Open a client of the sandbox."""
    return DigitalRiver(session, base_url=url, api_key=SecretStr(key))


async def a_source(session, url, checkout):
    """Create a card as the browser would."""
    body = {
        "type": "creditCard",
        "owner": OWNER | {"address": ADDRESS},
        "card": {"number": "4444222233331111", "expirationMonth": 12, "expirationYear": 2099},
        "paymentSessionId": checkout.payment.session.id,
    }
    async with session.post(f"{url}/_sandbox/sources", json=body) as response:
        assert response.status == 201
        return (await response.json())["id"]


async def test_purchase(sandbox, session):
    """A purchase goes through, and each look-up finds what was made."""
    client = client_of(session, sandbox)
    checkout = await client.create_checkout(CHECKOUT)
    source = await client.attach_checkout_source(
        checkout.id, await a_source(session, sandbox, checkout)
    )
    ready = await client.get_checkout(checkout.id)
    order = await client.create_order(checkout.id)
    with pytest.raises(NotFound) as consumed:
        await client.create_order(checkout.id)
    fulfillment = await client.create_fulfillment(
        {
            "orderId": order.id,
            "items": [{"itemId": order.items[0].id, "quantity": 2}],
            "metadata": {"shipmentId": "parcel-1"},
        }
    )

    assert Decimal("20.20") == ready.items[0].amount
    assert ready.payment.session.state == "requires_confirmation"
    assert source.type == "creditCard"
    assert ("accepted", "client-1", checkout.id) == (
        order.state,
        order.upstream_id,
        order.checkout_id,
    )
    assert order.total_amount == ready.total_amount == order.charges[0].amount
    assert order.items[0].metadata == {"lineId": "1"}
    assert consumed.value.parameter == "orderId"
    for found in (
        await client.list_orders(checkout_id=checkout.id),
        await client.list_orders(upstream_ids=["client-1"]),
        await client.list_orders(created_time_gte=datetime.now(UTC) - timedelta(minutes=5)),
    ):
        assert [order.id] == [each.id for each in found.data]
    assert [checkout.id] == [each.id for each in (await client.list_checkouts("client-1")).data]
    (shipped,) = (await client.list_fulfillments(order.id)).data
    assert (fulfillment.id, {"shipmentId": "parcel-1"}) == (shipped.id, shipped.metadata)
    assert order.charges[0].id == (await client.get_charge(order.charges[0].id)).id
    assert (await client.list_refunds(order.id)).data == ()


async def test_events(sandbox, session):
    """What happened can be listed, and leads to the order."""
    client = client_of(session, sandbox)
    checkout = await client.create_checkout(CHECKOUT)
    await client.attach_checkout_source(checkout.id, await a_source(session, sandbox, checkout))
    order = await client.create_order(checkout.id)

    found = []
    while not found:
        found = (await client.list_events(types=["order.accepted"])).data

    assert (order.id, "client-1", checkout.id, "accepted") == (
        found[0].order_id,
        found[0].upstream_id,
        found[0].checkout_id,
        found[0].order_state,
    )
    assert found[0] == await client.get_event(found[0].id)


async def test_refusals(sandbox, session):
    """The sandbox's refusals are told apart."""
    client = client_of(session, sandbox)

    with pytest.raises(NotFound):
        await client.get_order("../checkouts")
    with pytest.raises(InvalidRequest) as unknown:
        await client.create_checkout(CHECKOUT | {"brandNew": 1})
    with pytest.raises(Unauthorized):
        await client_of(session, sandbox, key="sk_test_wrong").get_order("1")

    assert (unknown.value.code, unknown.value.parameter) == ("unknown_parameter", "brandNew")


async def test_webhooks(sandbox, session):
    """A webhook can be made, found, changed and found changed."""
    client = client_of(session, sandbox)
    made = await client.create_webhook(
        {"types": ["order.accepted"], "address": "https://example.com/hook", "enabled": True}
    )

    changed = await client.update_webhook(made.id, {"enabled": False})

    assert (made.enabled, changed.enabled) == (True, False)
    assert made.id in [each.id for each in await client.list_webhooks()]
    assert changed == await client.get_webhook(made.id)
