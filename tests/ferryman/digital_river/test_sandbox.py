"""The client and the sandbox understand each other from checkout to refund."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import aiohttp
import pytest
from pydantic import SecretStr

from ferryman.digital_river.client import DigitalRiver
from ferryman.digital_river.errors import Conflict, InvalidRequest, NotFound, Unauthorized
from tests.running import river

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
    async with river.sandbox() as url:
        yield url


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


async def a_shipped_order(client, session, url):
    """Buy, ship, and let the money arrive."""
    checkout = await client.create_checkout(CHECKOUT)
    await client.attach_checkout_source(checkout.id, await a_source(session, url, checkout))
    order = await client.create_order(checkout.id)
    items = [{"itemId": order.items[0].id, "quantity": 2}]
    await client.create_fulfillment({"orderId": order.id, "items": items})
    await advance(session, url)
    return await client.get_order(order.id)


async def advance(session, url):
    """Let a little of the sandbox's time go by."""
    async with session.post(f"{url}/_sandbox/clock/advance", json={"by": "PT2S"}) as response:
        assert response.status == 200


async def test_refund(sandbox, session):
    """A refund is found by its order with what we wrote into it, and ends succeeded."""
    client = client_of(session, sandbox)
    order = await a_shipped_order(client, session, sandbox)
    wish = {"orderId": order.id, "currency": "EUR", "percent": 50, "metadata": {"refundId": "a"}}
    asked = await client.create_refund(wish)
    held = await client.get_order(order.id)
    await advance(session, sandbox)
    (found,) = (await client.list_refunds(order.id)).data

    assert (asked.state, asked.metadata) == ("pending", {"refundId": "a"})
    assert held.available_to_refund_amount == order.available_to_refund_amount - asked.amount
    assert (found.id, found.state, found.refunded_amount) == (asked.id, "succeeded", asked.amount)
    assert found.charges[0].refunds[0].state == "complete"


async def test_return(sandbox, session):
    """A return is accepted by item and then whole, and names the refund that it made."""
    client = client_of(session, sandbox)
    order = await a_shipped_order(client, session, sandbox)
    items = [{"itemId": order.items[0].id, "quantity": 2}]
    made = await client.create_return(
        {"orderId": order.id, "items": items, "metadata": {"returnId": "b"}}
    )
    part = await client.accept_return_items(made.id, {order.items[0].id: 1})
    whole = await client.accept_return(made.id)
    with pytest.raises(Conflict):
        await client.accept_return(made.id)

    assert [one.state for one in (made, part, whole)] == ["created", "created", "accepted"]
    assert (part.items[0].quantity_accepted, whole.items[0].quantity_accepted) == (1, 2)
    assert whole.refund_ids == tuple(one.id for one in (await client.list_refunds(order.id)).data)
    assert [made.id] == [each.id for each in (await client.list_returns(order.id)).data]
    assert (await client.get_return(made.id)).metadata == {"returnId": "b"}


async def test_skus(sandbox, session):
    """A SKU is created, replaced and changed, and found in the list."""
    client = client_of(session, sandbox)
    sku = {"name": "Lamp", "eccn": "EAR99", "taxCode": "4323.310_A", "countryOfOrigin": "DE"}
    await client.put_sku("lamp", sku)
    await client.put_sku("lamp", sku | {"weight": Decimal("1.5")})
    changed = await client.update_sku("lamp", {"name": "Desk lamp"})

    assert (changed.name, changed.weight, changed.physical) == ("Desk lamp", Decimal("1.5"), True)
    assert changed == await client.get_sku("lamp")
    assert [changed] == list((await client.list_skus(ids=["lamp", "desk"])).data)


async def test_registered_shopper(sandbox, session):
    """A customer has a tax identifier and a saved source, and can be changed and rid of it."""
    client = client_of(session, sandbox)
    await client.create_customer({"id": "c-1", "email": "erika@example.com"})
    identifier = await client.create_tax_identifier("de", "DE123456789")
    await client.attach_tax_identifier("c-1", identifier.id)
    checkout = await client.create_checkout(CHECKOUT | {"customerId": "c-1"})
    source_id = await a_source(session, sandbox, checkout)
    await client.attach_customer_source("c-1", source_id)
    customer = await client.update_customer("c-1", {"locale": "de_DE"})
    await client.detach_customer_source("c-1", source_id)

    assert identifier.state == "pending"
    assert [identifier.id] == [one.id for one in customer.tax_identifiers]
    assert ([source_id], "de_DE") == ([one.id for one in customer.sources], customer.locale)
    assert not (await client.get_customer("c-1")).sources
    found = (await client.list_tax_identifiers(customer_id="c-1", kind="de")).data
    assert [await client.get_tax_identifier(identifier.id)] == list(found)


async def test_documents(sandbox, session):
    """The invoice of a complete order can be linked to, and its links be found."""
    client = client_of(session, sandbox)
    order = await a_shipped_order(client, session, sandbox)
    expires = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    invoice = await client.get_file(order.invoice_pdfs[0].id)
    link = await client.create_file_link(invoice.id, expires)

    assert invoice.purpose == "customer_invoice"
    assert (expires, False) == (link.expires_time, link.expired)
    assert [link] == list((await client.list_file_links(invoice.id)).data)
    async with session.get(f"{sandbox}/links/{link.id}") as response:
        assert (await response.read()).startswith(b"%PDF")


async def test_upload(sandbox, session):
    """A tax certificate is taken, with its name."""
    body = {"purpose": "tax_document_customer_upload", "fileName": "tax.pdf", "file": "JVBERg=="}

    assert (await client_of(session, sandbox).create_file(body)).file_name == "tax.pdf"


async def test_prebuilt_checkout(sandbox, session):
    """The order that Digital River makes in a session is told with the session's id."""
    client = client_of(session, sandbox)
    wish = {"currency": "EUR", "items": CHECKOUT["items"], "upstreamId": "pre-1"}
    begun = await client.create_checkout_session(wish)
    async with session.post(f"{sandbox}/_sandbox/checkout-sessions/{begun.id}/buy") as response:
        assert response.status == 200
    (order,) = (await client.list_orders(upstream_ids=["pre-1"])).data
    (event,) = (await client.list_events(types=["checkout_session.order.created"])).data

    assert begun.link.endswith(begun.id)
    assert (event.order_id, event.checkout_session_id) == (order.id, begun.id)
    assert (order.email, order.bill_to.name) == ("erika@example.com", "Erika Beispiel")


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
