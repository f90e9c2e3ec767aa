import json
from typing import Any

import jsonschema_rs
import pytest

from api.bodies import read_as
from api.errors import Problem
from api.exactness import BEYOND
from ferryman.digital_river import exact_json
from ferryman.purchase.messages import OperatorsAct, Shipment
from ferryman.purchase.refunds import RefundRequest
from ferryman.purchase.request import Change, PurchaseRequest
from ferryman.purchase.returns import ReturnRequest
from tests.api.door import Door, request

_LINE = {"lineId": "1", "skuId": "s", "quantity": 1, "price": 1}
_DETAILS = {"id": "p", "skuGroupId": "g", "name": "n"}
_REFUND = {"refundId": "r", "reason": "x"}


def _line(**changes: Any) -> dict[str, Any]:
    line = {**_LINE, **changes}
    return request(items=[{name: value for name, value in line.items() if value != "missing"}])


BODIES: list[tuple[type[Any], dict[str, Any], bool]] = [
    (PurchaseRequest, request(), True),
    (PurchaseRequest, _line(quantity=2.0), True),
    (PurchaseRequest, _line(quantity=2.5), False),
    (PurchaseRequest, _line(productDetails=_DETAILS), False),
    (PurchaseRequest, _line(productDetails=_DETAILS, skuId=None), True),
    (PurchaseRequest, _line(skuId="missing"), False),
    (PurchaseRequest, _line(aggregatePrice=1), False),
    (PurchaseRequest, _line(price=None), False),
    (PurchaseRequest, _line(price=-1), False),
    (PurchaseRequest, request(currency="AAA"), False),
    (PurchaseRequest, request(upstreamId=".."), False),
    (PurchaseRequest, request(browserIp="192.0.2.7"), True),
    (PurchaseRequest, request(browserIp="here"), False),
    (PurchaseRequest, request(discount={}), False),
    (PurchaseRequest, request(discount={"percentOff": 10}), True),
    (PurchaseRequest, request(discount={"percentOff": 10, "amountOff": 1}), False),
    (PurchaseRequest, request(taxIdentifiers=[{"type": "de"}]), False),
    (PurchaseRequest, request(taxIdentifiers=[{"id": "t", "type": "de", "value": "1"}]), False),
    (PurchaseRequest, request(taxIdentifiers=[{"id": "t"}]), True),
    (PurchaseRequest, request(billTo={"address": {"country": "DE"}, "name": "  "}), False),
    (Shipment, {"shipmentId": "s", "items": [{"lineId": "1"}]}, False),
    (Shipment, {"shipmentId": "s", "items": [{"lineId": "1", "cancelQuantity": 1}]}, True),
    (RefundRequest, {**_REFUND, "amount": 1}, True),
    (RefundRequest, {**_REFUND, "amount": 0}, False),
    (RefundRequest, {**_REFUND, "percent": 101}, False),
    (RefundRequest, _REFUND, False),
    (RefundRequest, {**_REFUND, "amount": 1, "percent": 1}, False),
    (RefundRequest, {**_REFUND, "items": [{"lineId": "1", "amount": 1, "percent": 1}]}, False),
    (RefundRequest, {**_REFUND, "amount": 1, "refundId": "."}, False),
    (ReturnRequest, {"returnId": "..", "items": [_LINE], "reason": "x"}, False),
    (OperatorsAct, {"action": "retry", "reason": "x"}, True),
    (OperatorsAct, {"action": "retry", "reason": "x", "orderId": "1"}, False),
    (OperatorsAct, {"action": "adoptOrder", "reason": "x"}, False),
    (OperatorsAct, {"action": "adoptOrder", "reason": "x", "orderId": "1"}, True),
    (OperatorsAct, {"action": "extendDeadline", "reason": "x", "orderId": "1"}, False),
    (
        OperatorsAct,
        {"action": "extendDeadline", "reason": "x", "until": "2100-01-01T00:00:00Z"},
        True,
    ),
]


@pytest.fixture(scope="module")
async def document(door: Door) -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = (await door.get("/openapi.json", scope=None)).json
    return found


def _says(document: dict[str, Any], model: type[Any], body: object) -> bool:
    schema = {
        "$ref": f"#/components/schemas/{model.__name__}",
        "components": document["components"],
    }
    return jsonschema_rs.is_valid(schema, body, validate_formats=True)


@pytest.mark.parametrize(
    ("model", "body", "sound"),
    [pytest.param(*each, id=f"{each[0].__name__}-{index}") for index, each in enumerate(BODIES)],
)
async def test_document_says_what_is_taken(
    document: dict[str, Any],
    model: type[Any],
    body: dict[str, Any],
    sound: bool,  # noqa: FBT001 - a table's column
):
    """The document refuses what the models refuse in code, and nothing that they take."""
    sent = exact_json.decode(json.dumps(body).encode())
    try:
        if model is PurchaseRequest:
            PurchaseRequest.read(sent)
        else:
            read_as(model, sent)
        taken = True
    except (Problem, ValueError):
        taken = False

    assert (sound, sound) == (taken, _says(document, model, body))


async def test_change_takes_nothing_away(door: Door, document: dict[str, Any]):
    """A change says something, and no field is taken away by null; so does the document."""
    replies = [await door.send("PATCH", "/purchases/x", body) for body in ({}, {"email": None})]

    assert [422, 422] == [reply.status for reply in replies]
    assert not _says(document, Change, {})
    assert not _says(document, Change, {"email": None})
    assert _says(document, Change, {"email": "erika@example.com"})


async def test_every_name_is_a_model(document: dict[str, Any]):
    """What is told of a model that is not in the document would be told to nobody."""
    assert set(BEYOND) <= set(document["components"]["schemas"])
