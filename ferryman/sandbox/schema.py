"""Digital River's published schema, closed: no field passes that it does not name.

The few fields and values that the published examples show beyond it stand in `_EXTRAS`, `_VALUES`
and `_REQUESTS`, each with the page that shows it.
"""

import functools
import json
from importlib import resources
from typing import Any

import jsonschema_rs

from .wire import Json, words

_STRING = {"type": "string"}
_BOOLEAN = {"type": "boolean"}
_NUMBER = {"type": "number"}
_OPEN: Json = {"type": "object"}

_ACTION = {
    "type": "object",
    "additionalProperties": False,
    "required": ["action", "data"],
    "properties": {
        "action": {"enum": ["redirect", "show_payment_instructions", "sca_required"]},
        "data": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "redirectUrl": _STRING,
                "sourceId": _STRING,
                "sourceClientSecret": _STRING,
            },
        },
    },
}
_EXTRAS: dict[str, Json] = {
    "Capture": {"fulfillmentId": _STRING},  # Capturing and cancelling charges
    "CreditCard": {"fundingSource": _STRING},  # Disputes and chargebacks
    "Event": {  # Events, all payloads
        "digitalriverVersion": _STRING,
        "webhookIds": {"type": "array", "items": _STRING},
        "versionIds": {"type": "array", "items": _STRING},
    },
    "File": {"liveMode": _BOOLEAN},  # Disputes and chargebacks
    "Klarna": {  # Building checkouts
        "redirectUrl": _STRING,
        "returnUrl": _STRING,
        "cancelUrl": _STRING,
        "offline": _BOOLEAN,
    },
    "ProductDetails": {  # Building checkouts
        "eccn": _STRING,
        "taxCode": _STRING,
        "physical": _BOOLEAN,
        "metadata": _OPEN,
    },
    "Session": {"nextAction": _ACTION},  # Handling delayed payment methods
    "ShippingChoice": {"id": _STRING},  # Building checkouts
    "Sku": {"fulfill": _BOOLEAN, "allowOversell": _BOOLEAN},  # Creating and updating SKUs
    "SkuItem": {"tariffCode": _STRING},  # Landed cost
    "Source": {"upstreamId": _STRING, "customerCredit": _OPEN},  # Store credit
    "WireTransfer": {"swiftCode": _STRING},  # Wire transfer
}
_WEBHOOKS = ("Webhook", "WebhookRequest", "WebhookUpdateRequest")
_VALUES = {  # The sources' own pages show types which the enumeration lacks
    ("Source", "type"): words(
        "afterPay alipayCn amazonPay blik bnpParibas ccAvenue clearPay fpxOnlineBanking payco "
        "trustly"
    ),
    ("RefundCharges", "state"): ["pending_information"],
    ("Refund", "state"): ["pending_information"],  # Payment charges
}
_REQUESTS: dict[str, Json] = {  # Release notes of 2023: parameters younger than the document
    "CheckoutRequest": {"language": _STRING, "billingOptimization": _OPEN},
    "OrderRequest": {"language": _STRING, "billingOptimization": _OPEN},
    "UpdateCheckoutRequest": {"language": _STRING, "billingOptimization": _OPEN},
    "FulfillmentRequest": {"currency": _STRING, "partnerId": _STRING},
    "FulfillmentRequestItem": {
        "distributorCost": _NUMBER,
        "shippingCost": _NUMBER,
        "subfulfillerId": _STRING,
        "trackingCompany": _STRING,
        "trackingNumber": _STRING,
        "trackingUrl": _STRING,
    },
    "ShippingRequest": {"id": _STRING},
    "SkuUpsertRequest": {"itemBreadcrumb": _STRING},
    "SkuRequest": {"itemBreadcrumb": _STRING},
}
_LINE_UPDATE = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": _STRING, "metadata": {"$ref": "#/components/schemas/Metadata"}},
}
_KEPT = {"saveForLater": _BOOLEAN}
_TRACKING = {"trackingCompany": _STRING, "trackingNumber": _STRING, "trackingUrl": _STRING}
_METADATA = {"$ref": "#/components/schemas/Metadata"}
_ADDED: dict[str, Json] = {
    "FileEvent": {  # Order and credit memo events: their object has no schema of its own
        "type": "object",
        "properties": {
            "id": _STRING,
            "fileId": _STRING,
            "orderId": _STRING,
            "customerId": _STRING,
            "purpose": _STRING,
            "invoiceURL": _STRING,
        },
    },
    "UpdateFulfillmentRequest": {  # Release note of September 2023
        "type": "object",
        "properties": {
            **_TRACKING,
            "metadata": _METADATA,
            "items": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["itemId"],
                    "properties": {"itemId": _STRING, **_TRACKING},
                },
            },
        },
    },
}


@functools.cache
def validator(name: str) -> jsonschema_rs.Draft202012Validator:
    """Give the validator of one closed schema, such as `Order`, or `Order[]` for a list's page."""
    listed = name.removesuffix("[]")
    reference: Json = {"$ref": f"#/components/schemas/{listed}"}
    if listed != name:
        reference = {
            "type": "object",
            "additionalProperties": False,
            "required": ["hasMore", "data"],
            "properties": {"hasMore": _BOOLEAN, "data": {"type": "array", "items": reference}},
        }
    document = {**reference, "components": {"schemas": closed_schemas()}}
    return jsonschema_rs.Draft202012Validator(document, validate_formats=True)


def problems(name: str, document: Any) -> list[str]:
    """List where a document leaves its closed schema."""
    return [
        f"{'.'.join(map(str, error.instance_path))}: {error.message}"
        for error in validator(name).iter_errors(document)
    ]


@functools.cache
def closed_schemas() -> Json:
    """Derive the closed JSON schemas from the published document."""
    text = resources.files(__package__).joinpath("openapi.json").read_text("utf-8")
    schemas: Json = json.loads(text)["components"]["schemas"]
    _amend(schemas)
    return {name: _close(schema, bare=True) for name, schema in schemas.items()}


def _amend(schemas: Json) -> None:
    schemas.update(_ADDED)
    for name, extras in [*_EXTRAS.items(), *_REQUESTS.items()]:
        schemas[name].setdefault("properties", {}).update(extras)
    schemas["SessionOrder"] = _session_order(schemas)
    for (name, field), values in _VALUES.items():
        schemas[name]["properties"][field]["enum"] += values
    for name in _WEBHOOKS:
        schemas[name]["properties"]["authentication"]["properties"]["userName"] = _STRING
    schemas["Webhook"]["properties"]["liveMode"] = _BOOLEAN
    schemas["UpdateOrderRequest"]["properties"]["items"] = {"type": "array", "items": _LINE_UPDATE}
    # The document asks for fields here that it does not have, or which no example shows.
    schemas["WebhookRequest"]["required"] = ["address"]
    schemas["Event"]["required"] = ["data", "id", "liveMode", "type", "createdTime"]
    # "Creating and updating SKUs": a SKU group takes the place of the classification.
    schemas["SkuRequest"]["required"] = schemas["SkuUpsertRequest"]["required"] = ["name"]
    lines = schemas["UpdateCheckoutRequest"]["properties"]["items"]
    schemas["UpdateCheckoutRequest"]["properties"]["items"] = {"type": "array", "items": lines}


def _session_order(schemas: Json) -> Json:
    """Give the order as `checkout_session.order.created` shows it (Event types)."""
    order = schemas["Order"]["properties"]
    consent = dict.fromkeys(("termsOfService", "eula", "termsOfSale"), _BOOLEAN)
    people = {
        field: {**schemas[name], "properties": {**schemas[name]["properties"], **_KEPT}}
        for field, name in (("shipTo", "Shipping"), ("billTo", "Billing"))
    }
    told = {
        "checkoutSessionId": _STRING,
        "taxInclusive": _BOOLEAN,
        "consents": {"type": "object", "properties": consent},
    }
    return {"type": "object", "properties": {**order, **people, **told}}


def _close(schema: Any, *, bare: bool = False) -> Any:
    if isinstance(schema, list):
        return [_close(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _close(value) for key, value in schema.items() if key != "nullable"}
    if closed.get("type") == "object" and (bare or "properties" in closed):
        closed.setdefault("additionalProperties", False)
    if closed.get("format") in ("double", "integer", "binary"):
        del closed["format"]
    return _nullable(closed) if schema.get("nullable") is True else closed


def _nullable(schema: Json) -> Json:
    if "enum" in schema:
        schema["enum"] = [*schema["enum"], None]
    return {**schema, "type": [schema["type"], "null"]}
