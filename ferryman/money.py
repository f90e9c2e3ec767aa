"""Amounts of money as exact decimals: their currency's digits, and their way through JSON."""

import re
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Annotated, Any

from iso4217 import Currency
from pydantic import AfterValidator, BeforeValidator, PlainSerializer, WithJsonSchema

# A double carries 15 decimal digits there and back unharmed. JSON readers, pydantic's own among
# them, go through a double, so an amount with more digits could change on its way.
_SIGNIFICANT = 15
_LARGEST_EXPONENT = 12
_NUMERAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_ROOMY = Context(prec=60, rounding=ROUND_HALF_UP)


def digits(currency: str) -> int:
    """Count the minor digits of an ISO 4217 code, as in 2 for EUR.

    Raises ValueError where the code is not one of ISO 4217 or has no minor unit (gold, tests).
    """
    exponent = Currency(currency).exponent
    if exponent is None:
        raise ValueError(f"{currency!r} has no minor unit")
    return int(exponent)


def quantize(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's minor digits.

    Raises ValueError for an unknown currency and decimal.InvalidOperation for no finite amount.
    """
    return amount.quantize(Decimal(1).scaleb(-digits(currency)), context=_ROOMY)


def fits(amount: Decimal, currency: str) -> bool:
    """Tell whether the amount is finite and has no more than the currency's minor digits.

    Raises ValueError for an unknown currency.
    """
    allowed = digits(currency)
    return amount.is_finite() and _lowest_exponent(amount) >= -allowed


def _figures(amount: Decimal) -> str:
    """Give the digits of a finite amount without the zeros at their end."""
    return "".join(map(str, amount.as_tuple().digits)).rstrip("0")


def _lowest_exponent(amount: Decimal) -> int:
    _, all_digits, exponent = amount.as_tuple()
    return int(exponent) + len(all_digits) - len(_figures(amount)) if amount else 0


def _numeral(value: Any) -> Any:
    # Decimal() would also read "1_000", blanks and the digits of other scripts.
    if isinstance(value, str) and not _NUMERAL.fullmatch(value):
        raise ValueError("an amount is written in plain digits with a decimal point")
    return value


def _bounded(amount: Decimal) -> Decimal:
    if amount.adjusted() > _LARGEST_EXPONENT or _lowest_exponent(amount) < -_LARGEST_EXPONENT:
        raise ValueError(f"an amount has at most {_LARGEST_EXPONENT} digits on either side")
    if len(_figures(amount)) > _SIGNIFICANT:
        raise ValueError(f"an amount has at most {_SIGNIFICANT} significant digits")
    return amount


def _number(amount: Decimal) -> int | float:
    return int(amount) if amount == amount.to_integral_value() else float(amount)


Money = Annotated[
    Decimal,
    BeforeValidator(_numeral),
    AfterValidator(_bounded),
    PlainSerializer(_number, return_type=int | float, when_used="json"),
    WithJsonSchema({"type": "number"}),
]
"""A finite amount in major units, of at most 15 significant digits.

Reads JSON numbers and plain numerals in strings exactly; written as a JSON number that any reader
gets back exactly.
"""
