"""Every published resource is read, and only what decides may spoil the reading."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from ferryman.digital_river import exact_json
from ferryman.digital_river.models import (
    Charge,
    Checkout,
    Customer,
    FileLink,
    Fulfillment,
    Order,
    Refund,
    Source,
    Webhook,
)

EXAMPLES = Path(__file__).parent / "examples"
RESOURCES = {
    "checkouts": Checkout,
    "customers": Customer,
    "files": FileLink,
    "fulfillments": Fulfillment,
    "orders": Order,
    "refunds": Refund,
    "sources": Source,
    "webhooks": Webhook,
}


def example(path):
    """Read a published payload."""
    return exact_json.decode((EXAMPLES / path).read_bytes())


def published():
    """Find all published resources."""
    for folder, model in RESOURCES.items():
        for path in sorted((EXAMPLES / folder).glob("*.json")):
            yield pytest.param(model, f"{folder}/{path.name}", id=path.stem)


@pytest.mark.parametrize(("model", "path"), list(published()))
def test_published(model, path):
    """Each published resource is read whole, with none of its known fields lost."""
    document = example(path)
    resource = model.model_validate(document)

    known = {field.alias: name for name, field in model.model_fields.items()}
    lost = [key for key in document.keys() & known if getattr(resource, known[key]) is None]
    assert lost == []


def test_order():
    """An order's parts, times and amounts are what the example says."""
    order = Order.model_validate(example("orders/order.pending_payment.json"))

    assert (order.state, order.payment.session.state) == ("pending_payment", "pending_funds")
    assert Decimal("29.75") == order.total_amount
    assert datetime(2022, 9, 16, 21, 16, 20, tzinfo=UTC) == order.state_transitions[order.state]
    assert [item.quantity for item in order.items] == [1, 1]
    assert order.payment.session.next_action.action == "show_payment_instructions"
    assert order.charges == ()


def test_source_details():
    """What a payer needs stands in the part named after the source's type."""
    source = Source.model_validate(example("sources/source.wireTransfer.pending_funds.json"))

    assert source.details["referenceId"] == "DR1651067521"
    assert Decimal("100.00") == source.amount


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", 5),
        ("totalAmount", "a lot"),
        ("metadata", "none"),
        ("updatedTime", "later"),
        ("sellingEntity", []),
        ("invoicePDFs", {"id": "f"}),
        ("stateTransitions", "none"),
        ("stateTransitions", {"accepted": None, "blocked": 5}),
        ("payment", None),
        ("items", None),
        ("upstreamId", ""),
        ("checkoutId", None),
        ("brandNew", {"field": 1}),
    ],
)
def test_tolerant(field, value):
    """A field that decides nothing reads as absent where its type is a surprise."""
    order = Order.model_validate(example("orders/order.accepted.json") | {field: value})

    assert order.state == "accepted"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None),
        ("id", ""),
        ("id", {}),
        ("state", None),
        ("state", 5),
        ("state", ""),
        ("items", [{"id": "1", "quantity": "many"}]),
        ("items", [{"quantity": 1}]),
        ("payment", {"charges": [{"id": "c", "state": 5}]}),
        ("payment", {"session": {"state": []}}),
    ],
)
def test_decisive(field, value):
    """Identifiers, states and quantities must be right, or nothing is concluded."""
    with pytest.raises(ValidationError):
        Order.model_validate(example("orders/order.accepted.json") | {field: value})


def test_noise():
    """The digits that a double makes up are cut off, the given ones stay."""
    order = {"id": "1", "state": "accepted", "capturedAmount": Decimal("53.769999999999996")}

    assert Decimal("53.77") == Order.model_validate(order).captured_amount
    assert Decimal("12345678.9") == Charge.model_validate({"id": 1, "amount": "12345678.9"}).amount


def test_times():
    """Times are aware and in UTC, however they were written."""
    link = {"id": "1", "url": "https://example.com/1", "expiresTime": "2026-01-01T02:00:00+02:00"}

    assert datetime(2026, 1, 1, tzinfo=UTC) == FileLink.model_validate(link).expires_time
    assert (
        FileLink.model_validate(link | {"expiresTime": "2026-01-01T00:00:00"}).expires_time.tzinfo
        == UTC
    )
