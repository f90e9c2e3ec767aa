"""Cuts what is logged of a payload down to what supports a call and names nobody.

A field that is not listed is masked, so that a new one cannot bring personal data into the logs.
Digital River's sentences are not listed: some of them repeat what they are about.
"""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

MASK = "***"

_SHOWN = re.compile(
    r"""
    id | type | types | action | code | parameter | failureCode
    | \w+(Id|Ids|Time|Amount|State) | state | flow | enabled | liveMode | hasMore | purpose
    | quantity | quantityAccepted | cancelQuantity | failureReason | eccn | hsCode | taxCode
    | percent | rate | price | currency | amount | subtotal
    | total(Tax|ImporterTax|Fees|Duty|Discount|Shipping) | amount\w*Contributed
    | captured | refunded | reusable | physical | taxInclusive | customerType | chargeType
    | locale | serviceLevel | shippingTerms
    """,
    re.VERBOSE,
)
_NESTED = re.compile(
    r"""
    data | object | errors | items | payment | session | nextAction | sources | charges
    | captures | cancels | refunds | orderDetails | productDetails | sellingEntity
    | shippingChoice | shipping | tokenInformation | taxIdentifiers | invoicePDFs
    | creditMemoPDFs | tax | importerTax | fees | duties | discount
    """,
    re.VERBOSE,
)
_TIMES_BY_STATE = frozenset({"stateTransitions", "fraudStateTransitions"})
# A bank's reference identifies the payer, although it ends like one of our identifiers.
_SECRET = frozenset({"referenceId"})
_EMAIL = re.compile(r"[^\s\"'<>@]+@[^\s\"'<>@]+")
# A tax number or an address that is looked for.
_PRIVATE_FILTER = re.compile(r"([?&](?:value|email)=)[^&]+")
_LONGEST_TEXT = 300


def redact(payload: Any) -> Any:
    """Give a copy of a JSON payload that is fit for a log."""
    if isinstance(payload, Mapping):
        return {key: _field(key, value) for key, value in payload.items()}
    if isinstance(payload, Sequence) and not isinstance(payload, str | bytes):
        return [redact(each) for each in payload]
    if isinstance(payload, str):
        return _EMAIL.sub(MASK, payload[:_LONGEST_TEXT])
    return str(payload) if isinstance(payload, Decimal) else payload


def redact_url(url: str) -> str:
    """Give an address without what a list is searched for that belongs to a person."""
    return _PRIVATE_FILTER.sub(rf"\1{MASK}", url)


def _field(key: str, value: Any) -> Any:
    if key in _TIMES_BY_STATE and isinstance(value, Mapping):
        return dict(value)
    shown = _SHOWN.fullmatch(key) or _NESTED.fullmatch(key)
    return redact(value) if shown and key not in _SECRET else MASK
