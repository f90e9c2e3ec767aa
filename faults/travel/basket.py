"""What is bought in this world, by whom, and how it is paid."""

from typing import Any

Json = dict[str, Any]

ADDRESS = {"line1": "Neuer Wall 10", "city": "Hamburg", "postalCode": "20354", "country": "DE"}
GOOD_CARD = "4444222233331111"
DECLINED_CARD = "4000000000003600"

REQUEST: Json = {
    "currency": "EUR",
    "taxInclusive": False,
    "email": "erika@example.com",
    "items": [
        {"lineId": "1", "skuId": "boots", "quantity": 2, "price": 10, "physical": True},
        {"lineId": "2", "skuId": "laces", "quantity": 3, "price": 1.5, "physical": True},
    ],
    "shipFrom": {"address": {"country": "DE"}},
    "shipTo": {"name": "Erika Beispiel", "address": ADDRESS},
    "shippingChoice": {"amount": 5, "description": "standard", "serviceLevel": "SG"},
}
EVERYTHING = (("1", 2, 0), ("2", 3, 0))
"""All pieces of the request, shipped."""


def source(kind: str, session_id: str, card: str, last_name: str, **more: Any) -> Json:
    """Write the source that the shopper's browser makes in a payment session."""
    owner = {"firstName": "Erika", "lastName": last_name, "email": "erika@example.com"}
    body = {
        "type": kind,
        "paymentSessionId": session_id,
        "owner": {**owner, "address": ADDRESS},
        **more,
    }
    if kind == "creditCard":
        body["card"] = {"number": card, "expirationMonth": 7, "expirationYear": 2031}
    return body
