import json
from pathlib import Path

import pytest

from ferryman.sandbox.schema import closed_schemas, problems

_OURS = Path(__file__).parent / "examples"
_CLIENTS = Path(__file__).parents[1] / "digital_river" / "examples"
_EVENT_OBJECTS = {
    "order.invoice.created": "FileEvent",
    "fulfillment.created": "FulfillmentOrder",
    "order.charge.capture.complete": "Charge",
    "order.charge.capture.pending": "Charge",
    "order.charge.refund.complete": "Charge",
    "order.accepted": "Order",
    "order.blocked": "Order",
    "order.charge.reauth.failed": "Order",
    "order.dispute": "Order",
    "order.fulfilled": "Order",
    "order.pending_payment": "Order",
    "order.refunded": "Order",
    "refund.complete": "OrderRefund",
    "refund.failed": "OrderRefund",
    "refund.pending_information": "OrderRefund",
    "return.accepted": "ReturnsResponse",
}
_RESOURCES = {
    "orders/order.accepted": "Order",
    "orders/order.pending_payment": "Order",
    "checkouts/checkout.requires_confirmation": "Checkout",
    "checkouts/checkout.requires_source": "Checkout",
    "customers/customer": "Customer",
    "files/file": "FileObject",
    "files/file-link": "FileLink",
    "fulfillments/fulfillment": "Fulfillment",
    "refunds/refund.succeeded": "OrderRefund",
    "returns/return.accepted": "ReturnsResponse",
    "returns/return.created": "ReturnsResponse",
    "skus/sku": "Sku",
    "sources/source.creditCard.consumed": "Source",
    "sources/source.customerCredit.chargeable": "Source",
    "tax-identifiers/tax-identifier.pending": "CustomerTaxIdentifier",
    "tax-identifiers/tax-identifier.verified": "CustomerTaxIdentifier",
    "webhooks/webhook": "Webhook",
}
_ERRORS = sorted(path.stem for path in (_CLIENTS / "errors").glob("*.json"))


def _example(name: str):
    places = [folder / f"{name}.json" for folder in (_OURS, _CLIENTS)]
    return json.loads(next(place for place in places if place.exists()).read_text("utf-8"))


class TestPublishedExamples:
    @pytest.mark.parametrize("name", _RESOURCES)
    def test_resources_pass(self, name):
        """A published resource passes the closed schema with its table of extras."""
        found = problems(_RESOURCES[name], _example(name))

        assert found == []

    @pytest.mark.parametrize("kind", _EVENT_OBJECTS)
    def test_events_pass(self, kind):
        """A published event passes as an envelope, and its object as the resource it is."""
        event = _example(f"events/{kind}")
        found = problems("Event", event) + problems(_EVENT_OBJECTS[kind], event["data"]["object"])

        assert found == []

    @pytest.mark.parametrize("name", [name for name in _ERRORS if "payment_auth" not in name])
    def test_errors_pass(self, name):
        """A published error body passes the closed schema."""
        found = problems("Errors", _example(f"errors/{name}"))

        assert found == []


class TestClosedness:
    def test_a_field_nobody_published_is_a_problem(self):
        """A field beyond schema and examples is found, however deep it lies."""
        order = _example("orders/order.accepted")
        order["payment"]["session"]["invented"] = 1
        found = problems("Order", order)

        assert len(found) == 1
        assert "invented" in found[0]

    def test_objects_with_properties_are_closed(self):
        """No object that names properties lets others in, but for metadata."""
        text = json.dumps(closed_schemas())

        assert text.count('"properties": {') <= text.count('"additionalProperties": false')

    def test_a_time_must_be_a_time(self):
        """Formats count: a date-time that is none is found."""
        order = {**_example("orders/order.accepted"), "createdTime": "yesterday"}

        assert problems("Order", order) != []

    def test_amounts_are_numbers(self):
        """An amount as text is found."""
        order = {**_example("orders/order.accepted"), "totalAmount": "26.89"}

        assert problems("Order", order) != []
