"""What the shopper has to do to pay: a site to go to, or an account to send the money to."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import aiohttp
from aiohttp import web

from ferryman.purchase.purchase import NextAction

from .links import leads_to_the_web
from .window import WINDOW, session_of

_SHOWN: Mapping[str, Mapping[str, str]] = {
    "wireTransfer": {
        "accountHolder": "Account holder",
        "bankName": "Bank",
        "city": "City",
        "country": "Country",
        "iban": "IBAN",
        "accountNumber": "Account number",
        "swiftCode": "SWIFT code",
        "referenceId": "Reference",
    },
    "konbini": {
        "localizedStoreName": "Store",
        "storeName": "Store, in English",
        "storeId": "Store number",
        "receiptNumber": "Receipt number",
    },
    "bPay": {
        "accountHolder": "Account holder",
        "bankName": "Bank",
        "billId": "Biller code",
        "customerPaymentReference": "Reference",
    },
}
_SECONDS = aiohttp.ClientTimeout(total=3)


@dataclass(frozen=True)
class Instructions:
    """How to pay."""

    redirect: str | None = None
    kind: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    """Empty where the provider does not tell them just now."""


async def instructions_of(request: web.Request, action: NextAction | None) -> Instructions | None:
    """Say how to pay; None where there is nothing to do but wait."""
    if action is None:
        return None
    if action.action == "redirect":
        url = str(action.data.get("redirectUrl", ""))
        return Instructions(redirect=url) if leads_to_the_web(url) else None
    source = await _source(request, action.data)
    kind = str(source.get("type", ""))
    told = source.get(kind) or {}
    names = _SHOWN.get(kind, {})
    facts = {words: str(told[name]) for name, words in names.items() if told.get(name)}
    return Instructions(kind=kind or None, facts=facts)


async def _source(request: web.Request, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask what a browser would be shown, with the secret that a browser would have."""
    source, secret = str(data.get("sourceId", "")), str(data.get("sourceClientSecret", ""))
    url = f"{request.app[WINDOW].provider}/payments/sources/{quote(source, safe='')}"
    session = session_of(request)
    try:
        async with session.get(url, params={"clientSecret": secret}, timeout=_SECONDS) as answer:
            text = await answer.text()
        found = json.loads(text, parse_float=Decimal) if answer.ok else {}
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
