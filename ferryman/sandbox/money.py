"""Amounts in a currency's own digits, and their division into parts that add up again."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from iso4217 import Currency

ZERO = Decimal(0)


def exponent(currency: str) -> Decimal:
    """Give the smallest unit, such as 0.01; raises ValueError for an unknown currency."""
    return Decimal(1).scaleb(-(Currency(currency).exponent or 0))


def rounded(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's digits."""
    return amount.quantize(exponent(currency), ROUND_HALF_UP)


def spread(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Divide a total by weight; the last weighted part takes what rounding leaves."""
    whole = sum(weights, ZERO)
    if not whole:
        return [ZERO for _ in weights]
    parts = [rounded(total * weight / whole, currency) for weight in weights]
    last = max(index for index, weight in enumerate(weights) if weight)
    parts[last] += total - sum(parts, ZERO)
    return parts
