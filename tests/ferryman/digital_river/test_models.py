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
    Return,
    Sku,
    Source,
    TaxIdentifier,
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
    "returns": Return,
    "skus": Sku,
    "sources": Source,
    "tax-identifiers": TaxIdentifier,
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


def test_return():
    """A return's items tell how much of them is accepted."""
    returned = Return.model_validate(example("returns/return.created.json"))

    assert (returned.state, returned.order_id) == ("created", "215146200336")
    assert [(item.quantity, item.quantity_accepted) for item in returned.items] == [(2, 0)] * 2
    assert Decimal("21.62") == returned.items[0].amount


def test_what_a_line_costs():
    """Each line's price, tax, fees, duties and shipping are told apart."""
    checkout = Checkout.model_validate(example("checkouts/checkout.requires_confirmation.json"))
    line = checkout.items[0]
    shares = (line.tax, line.fees, line.duties, line.importer_tax, line.shipping)

    assert Decimal("30.0") == line.amount
    assert [Decimal(amount) for amount in ("5.7", "0", "0", "0", "22.5")] == [
        share.amount for share in shares
    ]
    assert (line.tax.rate, line.shipping.tax_amount) == (Decimal("0.19"), Decimal("4.28"))
    assert (checkout.locale, checkout.ship_to.address.country) == ("en_US", "DE")
    assert checkout.shipping_choice.service_level == "SG"


def test_disclosures():
    """What the shopper was told is read; what is no list of texts is as good as none."""
    text = {"type": "termsOfSale", "entityId": "DR_IRELAND-ENTITY", "url": "https://example.com"}
    given = [{"disclosures": [text]}, {"disclosures": 7}, "none"]
    orders = [Order.model_validate({"id": 1, "state": "accepted", "disclosures": d}) for d in given]

    assert [one.disclosures and one.disclosures.disclosures[0].type for one in orders] == [
        "termsOfSale",
        None,
        None,
    ]


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
