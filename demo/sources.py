"""Means of payment as the shopper's browser creates them, with Digital River's test triggers."""

from .catalogue import Market
from .http import JSON

GOOD_CARD = "4444222233331111"
DECLINED_CARD = "4000000000003600"
"""Its charge fails ("Testing scenarios")."""

UNCAPTURABLE_CARD = "4000000000004103"
"""It is authorised, and its capture fails ("Testing scenarios")."""

REVIEWED = "Review"
"""A last name that sends the order to fraud review; the sandbox's own trigger."""


def card(number: str = GOOD_CARD, last_name: str = "Beispiel") -> JSON:
    """Make a credit card; the number says how its charge goes."""
    details = {"number": number, "expirationMonth": 12, "expirationYear": 2031}
    return {"type": "creditCard", "owner": _owner(last_name), "card": details}


def redirect(method: str) -> JSON:
    """Make a method at whose own site the shopper pays after the order exists."""
    return {
        "type": method,
        "owner": _owner("Beispiel"),
        "returnUrl": "https://shop.example.com/return",
        "cancelUrl": "https://shop.example.com/cancel",
    }


def push(method: str) -> JSON:
    """Make a method by which the shopper sends the money: a wire transfer, a konbini."""
    return {"type": method, "owner": _owner("Beispiel")}


def billed_in(source: JSON, market: Market) -> JSON:
    """Put the owner's address in."""
    return source | {"owner": source["owner"] | {"address": market.address}}


def _owner(last_name: str) -> JSON:
    return {"firstName": "Erika", "lastName": last_name, "email": "erika@example.com"}
