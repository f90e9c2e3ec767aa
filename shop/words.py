"""How amounts, moments and codes are written for people."""

from datetime import UTC, datetime
from decimal import Decimal

from ferryman.money import digits


def money(amount: Decimal | None, currency: str) -> str:
    """Write an amount with its currency's digits; a dash where there is none."""
    if amount is None:
        return "-"
    return f"{amount:,.{digits(currency)}f} {currency}"


def moment(when: datetime) -> str:
    """Write a moment to the minute."""
    return when.astimezone(UTC).strftime("%-d %B %Y, %H:%M UTC")


def plain(code: str) -> str:
    """Write a code such as `pending_payment` or `trackingNumber` as words."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in code)
    return spaced.replace("_", " ").strip()
