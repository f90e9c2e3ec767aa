"""What bodies have to be beyond what their fields say, told in JSON Schema.

The models check it in code, which the schemas that are made of them cannot show.
"""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from iso4217 import Currency

Schema = dict[str, Any]

_PAST_THE_PATH: Schema = {"not": {"enum": [".", ".."]}}
_CURRENCIES = sorted(each.code for each in Currency if each.exponent is not None)
_NULL: Schema = {"type": "null"}


def _given(**kinds: str) -> Schema:
    """These fields are there, and of this type, which null is not."""
    return {
        "required": list(kinds),
        "properties": {name: {"type": kind} for name, kind in kinds.items()},
    }


def _one_of(**kinds: str) -> Schema:
    """One of these fields is given, and one alone."""
    return {"oneOf": [_given(**{name: kind}) for name, kind in kinds.items()]}


def _one_at_most(**kinds: str) -> Schema:
    pairs = combinations(kinds.items(), 2)
    return {"not": {"anyOf": [_given(**dict(pair)) for pair in pairs]}}


def _missing(*names: str) -> Schema:
    return {"properties": dict.fromkeys(names, _NULL)}


def _act(action: str, **kinds: str) -> Schema:
    """The action, with what it needs besides."""
    said = {"properties": {"action": {"const": action}}}
    others = {"orderId", "until"} - kinds.keys()
    return {"allOf": [said, _given(**kinds), _missing(*others)]}


_PLAIN_ACTS: Schema = {
    "allOf": [
        {"properties": {"action": {"not": {"enum": ["adoptOrder", "extendDeadline"]}}}},
        _missing("orderId", "until"),
    ]
}

BEYOND: Mapping[str, Schema] = {
    "Item": {
        "allOf": [
            _one_of(skuId="string", productDetails="object"),
            _one_of(price="number", aggregatePrice="number"),
        ]
    },
    "Discount": {
        "oneOf": [
            _given(amountOff="number"),
            {
                "required": ["percentOff"],
                "properties": {"percentOff": {"not": _NULL}},
            },
        ]
    },
    "TaxIdentifier": {
        "oneOf": [
            {"allOf": [_given(id="string"), _missing("type", "value")]},
            {"allOf": [_given(type="string", value="string"), _missing("id")]},
        ]
    },
    "PurchaseRequest": {
        "properties": {
            "upstreamId": _PAST_THE_PATH,
            "currency": {"enum": _CURRENCIES},
            "browserIp": {"anyOf": [{"format": "ipv4"}, {"format": "ipv6"}, _NULL]},
        }
    },
    "Change": {"minProperties": 1, "additionalProperties": {"not": _NULL}},
    "ShipmentItem": {
        "anyOf": [
            {"required": [name], "properties": {name: {"minimum": 1}}}
            for name in ("quantity", "cancelQuantity")
        ]
    },
    "RefundItem": _one_at_most(amount="number", percent="number"),
    "RefundRequest": {
        "properties": {"refundId": _PAST_THE_PATH},
        **_one_of(amount="number", percent="number", items="array"),
    },
    "ReturnRequest": {"properties": {"returnId": _PAST_THE_PATH}},
    "OperatorsAct": {
        "oneOf": [
            _act("adoptOrder", orderId="string"),
            _act("extendDeadline", until="string"),
            _PLAIN_ACTS,
        ]
    },
}
"""By the model's name; each is asked for besides the model's own schema."""


def exact(name: str, schema: Schema) -> Schema:
    """The model's schema, with what is asked for beyond it."""
    return {**schema, "allOf": [BEYOND[name]]} if name in BEYOND else schema
