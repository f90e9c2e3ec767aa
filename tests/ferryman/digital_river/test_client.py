"""The client asks as documented, once a method, and says what was lost or refused."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ferryman.digital_river.client import calling_for
from ferryman.digital_river.errors import Ambiguous, InvalidRequest, Unavailable

ORDER = b'{"id": "o1", "state": "accepted", "totalAmount": 27.01}'
SOURCE = b'{"id": "s1", "type": "creditCard", "state": "chargeable", "amount": "27.01"}'
FULFILLMENT = b'{"id": "ful_1", "orderId": "o1", "items": [{"itemId": "i1", "quantity": 1}]}'
REFUND = b'{"id": "re_1", "state": "pending", "refundedAmount": 0.0}'
EVENT = b'{"id": "e1", "type": "order.accepted", "data": {"object": {"id": "o1"}}}'
WEBHOOK = b'{"id": "w1", "types": ["order.accepted"], "address": "https://example.com"}'
LINK = b'{"id": "l1", "url": "https://example.com/l1"}'
PLAIN = b'{"id": "x1"}'
SINCE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def page(entry):
    """Put an answer into a list's page."""
    return b'{"hasMore": true, "data": [' + entry + b"]}"


@pytest.mark.parametrize(
    ("call", "answer", "request_line", "body"),
    [
        (("create_customer", {"id": "c"}), PLAIN, "POST /customers", {"id": "c"}),
        (("get_customer", "c1"), PLAIN, "GET /customers/c1", None),
        (("attach_customer_source", "c1", "s1"), SOURCE, "POST /customers/c1/sources/s1", None),
        (("create_checkout", {"a": 1}), PLAIN, "POST /checkouts", {"a": 1}),
        (("get_checkout", "c1"), PLAIN, "GET /checkouts/c1", None),
        (("update_checkout", "c1", {"a": 1}), PLAIN, "POST /checkouts/c1", {"a": 1}),
        (("delete_checkout", "c1"), None, "DELETE /checkouts/c1", None),
        (
            ("list_checkouts", "u1"),
            page(PLAIN),
            "GET /checkouts?upstreamIds=u1&limit=100",
            None,
        ),
        (("attach_checkout_source", "c1", "s1"), SOURCE, "POST /checkouts/c1/sources/s1", None),
        (("get_source", "s1"), SOURCE, "GET /sources/s1", None),
        (("create_order", "c1"), ORDER, "POST /orders", {"checkoutId": "c1"}),
        (("get_order", "o1"), ORDER, "GET /orders/o1", None),
        (("refresh_order", "o1"), ORDER, "POST /orders/o1/refresh", None),
        (("update_order", "o1", {"a": 1}), ORDER, "POST /orders/o1", {"a": 1}),
        (("get_charge", "c1"), PLAIN, "GET /charges/c1", None),
        (("create_fulfillment", {"a": 1}), FULFILLMENT, "POST /fulfillments", {"a": 1}),
        (
            ("list_fulfillments", "o1"),
            page(FULFILLMENT),
            "GET /fulfillments?orderId=o1&limit=100",
            None,
        ),
        (("get_fulfillment", "ful_1"), FULFILLMENT, "GET /fulfillments/ful_1", None),
        (("create_refund", {"a": 1}), REFUND, "POST /refunds", {"a": 1}),
        (("get_refund", "re_1"), REFUND, "GET /refunds/re_1", None),
        (("list_refunds", "o1"), page(REFUND), "GET /refunds?orderId=o1&limit=100", None),
        (("get_event", "e1"), EVENT, "GET /events/e1", None),
        (
            ("create_file_link", "f1", SINCE),
            LINK,
            "POST /file-links",
            {"fileId": "f1", "expiresTime": "2026-01-02T03:04:05Z"},
        ),
        (("create_webhook", {"a": 1}), WEBHOOK, "POST /webhooks", {"a": 1}),
        (("list_webhooks",), page(WEBHOOK), "GET /webhooks", None),
        (("get_webhook", "w1"), WEBHOOK, "GET /webhooks/w1", None),
        (("update_webhook", "w1", {"a": 1}), WEBHOOK, "PATCH /webhooks/w1", {"a": 1}),
    ],
)
async def test_calls(client, provider, pace, call, answer, request_line, body):
    """Each method makes exactly its one documented call, in its turn."""
    provider.will(204 if answer is None else 200, answer)

    name, *arguments = call
    await getattr(client, name)(*arguments)

    (request,) = provider.requests
    assert request_line == f"{request.method} {request.path}"
    assert body == (json.loads(request.body) if request.body else None)
    assert pace.turns == 1


async def test_order_filters(client, provider):
    """Look-ups carry all their filters in Digital River's notation."""
    provider.will(document=page(ORDER))

    found = await client.list_orders(
        upstream_ids=["u1", "u 2"],
        checkout_id="c1",
        state="accepted",
        created_time_gte=SINCE,
        limit=10,
        starting_after="o0",
    )

    assert provider.requests[0].path == (
        "/orders?upstreamIds=u1%2Cu+2&checkoutId=c1&state=accepted"
        "&createdTime%5Bgte%5D=2026-01-02T03%3A04%3A05Z&limit=10&startingAfter=o0"
    )
    assert found.has_more
    assert [Decimal("27.01")] == [order.total_amount for order in found.data]


async def test_changed_orders(client, provider, log):
    """What is no order in a list of changes is left out and logged, the others are read."""
    provider.will(document=page(ORDER + b', {"id": "o2"}'))

    found = await client.list_changed_orders(since=SINCE, starting_after="o0")

    assert provider.requests[0].path == (
        "/orders?updatedTime%5Bgte%5D=2026-01-02T03%3A04%3A05Z&limit=100&startingAfter=o0"
    )
    assert [order.id for order in found.data] == ["o1"]
    assert "digital_river_order_left_out" in [entry["event"] for entry in log.entries]


async def test_expanded_order(client, provider):
    """An expanded order is asked for with its own parameter."""
    provider.will(document=ORDER)

    await client.get_order("o1", expand=True)

    assert provider.requests[0].path == "/orders/o1?expand=true"


async def test_events(client, provider, log):
    """What is no event in a list is left out and logged, the others are read."""
    provider.will(document=page(EVENT + b', {"id": "e2"}'))

    found = await client.list_events(
        created_time_gte=SINCE, types=["order.accepted", "refund.failed"], starting_after="e0"
    )

    assert provider.requests[0].path == (
        "/events?createdTime%5Bgte%5D=2026-01-02T03%3A04%3A05Z"
        "&types=order.accepted%2Crefund.failed&startingAfter=e0&limit=100"
    )
    assert [event.order_id for event in found.data] == ["o1"]
    assert "digital_river_event_left_out" in [entry["event"] for entry in log.entries]


async def test_webhooks_as_an_array(client, provider):
    """The bare array of the OpenAPI document is read like the page of the examples."""
    provider.will(document=b"[" + WEBHOOK + b"]")

    assert [webhook.id for webhook in await client.list_webhooks()] == ["w1"]


async def test_headers(client, provider):
    """A call carries the key, the version, who calls and for which purchase."""
    provider.will(document=ORDER)

    with calling_for("größe/1"):
        await client.create_order("c1")
    await client.get_order("o1")

    first, second = (request.headers for request in provider.requests)
    assert first["Authorization"] == "Bearer sk_test_canary"
    assert first["DigitalRiver-Version"] == "2021-12-13"
    assert first["Content-Type"] == "application/json"
    assert first["upstream-id"] == "gr%C3%B6%C3%9Fe%2F1"
    assert first["upstream-application-id"].startswith("Ferryman/")
    assert "upstream-id" not in second


async def test_exact_amounts(client, provider):
    """Amounts reach the wire digit by digit and come back so."""
    provider.will(document=b'{"id": "c1", "totalAmount": 1234567890.15, "subtotal": 0.10}')

    checkout = await client.create_checkout({"items": [{"price": Decimal("1234567890.15")}]})

    assert provider.requests[0].body == b'{"items":[{"price":1234567890.15}]}'
    assert (Decimal("1234567890.15"), "0.10") == (checkout.total_amount, str(checkout.subtotal))


@pytest.mark.parametrize(
    ("identifier", "path"),
    [
        ("../x", "/orders/..%2Fx"),
        ("a/b?c=d#e", "/orders/a%2Fb%3Fc%3Dd%23e"),
        ("%2e%2e", "/orders/%252e%252e"),
        ("ü\udc80", "/orders/%C3%BC%3F"),
    ],
)
async def test_quoted(client, provider, identifier, path):
    """An identifier cannot leave its segment of the path."""
    provider.will(document=ORDER)

    await client.get_order(identifier)

    assert path == provider.requests[0].path


@pytest.mark.parametrize("identifier", ["", ".", "..", "x" * 256])
async def test_impossible_identifier(client, provider, identifier):
    """What cannot be an identifier is refused without a call."""
    with pytest.raises(InvalidRequest) as refused:
        await client.get_order(identifier)

    assert refused.value.code == "invalid_parameter"
    assert provider.requests == []


@pytest.mark.parametrize(
    "document",
    [b'{"state": "accepted"}', b'{"id": "o1"}', b'{"id": "o1", "state": 7}', b"[]", b"5", b""],
)
async def test_wrong_resource(client, provider, document):
    """An answer that is no order leaves a change in doubt, and a question unanswered."""
    provider.will(document=document)

    with pytest.raises(Ambiguous, match="no Order"):
        await client.create_order("c1")
    with pytest.raises(Unavailable, match="no Order"):
        await client.get_order("o1")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "http://10.0.0.1:8400",
        "ftp://127.0.0.1",
        "api.example.com",
        "https://user:secret@api.example.com",
        "https://api.example.com/?key=1",
        "",
    ],
)
async def test_refused_addresses(connect, url):
    """The key leaves this machine only encrypted, and addresses carry nothing but the address."""
    with pytest.raises(ValueError, match=r"URL|https"):
        connect(url)


@pytest.mark.parametrize(
    "url",
    ["https://api.example.com/", "http://127.0.0.1:1/v1", "http://localhost:1", "http://[::1]:1"],
)
async def test_taken_addresses(connect, url):
    """Encrypted addresses and those of this machine are taken."""
    connect(url)


async def test_base_path(provider, connect):
    """A path in the base URL is kept."""
    provider.will(document=ORDER)

    await connect(f"{provider.url}/v1/", timeout_seconds=5).get_order("o1")

    assert provider.requests[0].path == "/v1/orders/o1"
