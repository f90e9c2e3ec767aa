"""Finds card numbers, which must never reach us: the drop-in gives them to Digital River alone."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache
from typing import Any
from urllib.parse import unquote

MASK = "[card number]"

_MINUS = 0x2212
# Behind it are letters alone, and nobody's digits.
_LAST_DIGIT = 0x20000

# Random names, of which one in four thousand would pass for a card where they are written in a row.
_RANDOM = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?<![0-9a-z])(?=\d*[a-f])[0-9a-f]{20,}(?![0-9a-z])",
    re.IGNORECASE | re.ASCII,
)
_SHORTEST_RANDOM = 20
_RUN = re.compile(r"(?<!\d)\d{13,19}(?!\d)", re.ASCII)
# As cards print them: four by four, or 4-6-5 and 4-6-4.
_GROUPS = re.compile(
    r"(?<!\d)(?:\d{4}([ -])\d{4}\1\d{4}\1\d{1,4}(?:\1\d{1,3})?|\d{4}([ -])\d{6}\2\d{4,5})(?!\d)",
    re.ASCII,
)
# Set apart in any other way, and not the middle of something longer, as of an IBAN.
_SPREAD = re.compile(
    r"(?<!\d)(?<!\d[\s+-])(?<!\d[\s+-]{2})(?<!\d[\s+-]{3})"
    r"\d(?:[\s+-]{0,3}\d){12,18}(?![\s+-]{0,3}\d)",
    re.ASCII,
)
# Between groups: anything but letters and digits, the same each time.
_APART = r"([^a-zA-Z0-9]{1,4})"
# As cards print them, whatever stands before and behind, as "12/29" or the last three digits do.
_AMID = re.compile(
    rf"(?<!\d)(?=(\d{{4}}{_APART}(?:\d{{4}}\2\d{{4}}\2\d{{4}}|\d{{6}}\2\d{{4,5}})(?!\d)"
    rf"|\d{{8}}{_APART}\d{{8}}(?!\d)))",
    re.ASCII,
)
_LONG_AMID = re.compile(
    rf"(?<!\d)(?=(\d{{4}}{_APART}\d{{4}}\2\d{{4}}\2\d{{4}}\2\d{{3}}(?!\d)))", re.ASCII
)
# One by one or in pairs: only if there are no more of them.
_BY_ONE = re.compile(
    rf"(?<!\d)(?<!\d[^a-zA-Z0-9])(?:\d(?!\d){_APART}\d(?:\1\d){{11,17}}(?!\1?\d)"
    rf"|\d\d(?!\d){_APART}\d\d(?:\2\d\d){{5,7}}(?!\2?\d))",
    re.ASCII,
)
_SINGLE = bytes.maketrans(b"0123456789", bytes(range(10)))
_DOUBLED = bytes.maketrans(bytes(range(10)), bytes((0, 2, 4, 6, 8, 1, 3, 5, 7, 9)))
_NO_DIGITS = re.compile(r"\D+", re.ASCII)
_FEWEST, _MOST = 13, 19
_SMALLEST = 10 ** (_FEWEST - 1)
_ISSUED = re.compile(
    r"""
      4\d{15} | 4\d{18}                                             # Visa
    | (?:5[1-5]\d\d | 222[1-9] | 22[3-9]\d | 2[3-6]\d\d | 27[01]\d | 2720)\d{12}  # Mastercard
    | 3[47]\d{13}                                                   # American Express
    | 3(?:0[0-5]|095|[689]\d)\d{11,16}                              # Diners Club
    | 35(?:2[89]|[3-8]\d)\d{12,15}                                  # JCB
    | (?:50|5[6-9]|6\d)\d{12,17}                                    # Maestro, Discover, UnionPay
    | 220[0-4]\d{12,15}                                             # Mir
    """,
    re.VERBOSE | re.ASCII,
)
# Numbers that others have given, of which a tenth passes the check digit by chance.
_GIVEN = frozenset(
    {"phone", "trackingNumber", "trackingUrl", "url", "image", "value"}
    | {"id", "lineId", "orderId", "refundId", "returnId", "shipmentId", "upstreamId"}
    | {"skuId", "skuGroupId", "partNumber"}
)


def card_places(document: Any) -> Iterator[str]:
    """Give the JSON pointers of what looks like a card number in a request.

    13 to 19 digits of any script with a valid check digit are one, in a row or grouped as on a
    card. Set apart otherwise, or with more numbers beside them, and where numbers that others have
    given belong (ids, tracking, telephone and tax numbers), they must begin as an issuer's do too,
    and be 14 at least: Digital River's own have up to 13.
    """
    # Not recursive: a request may be nested deeper than Python is.
    rest: list[tuple[str, Any, bool]] = [("", document, False)]
    while rest:
        pointer, node, given = rest.pop()
        if isinstance(node, dict):
            # A pointer must not repeat the number.
            if any(map(holds_card, node)):
                yield pointer
            rest += [(under(pointer, key), node[key], key in _GIVEN) for key in reversed(node)]
        elif isinstance(node, list):
            places = reversed(range(len(node)))
            rest += [(f"{pointer}/{place}", node[place], given) for place in places]
        elif _is_card(node, given=given):
            yield pointer


def holds_card(text: str, *, given: bool = False) -> bool:
    """Tell whether a text holds a card number; `given`: one that begins as an issuer's do."""
    return any(True for _ in _found(text, given=given))


def masked(text: str) -> str:
    """A path or header for the log, without card numbers, also where they are escaped."""
    plain = unquote(text)
    return MASK if holds_card(plain, given=True) else text


def under(pointer: str, key: str) -> str:
    """The pointer of a member; a name that holds a card number is left out."""
    if holds_card(key):
        return pointer
    return f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"


def _is_card(value: Any, *, given: bool) -> bool:
    if isinstance(value, str):
        return holds_card(value, given=given)
    if isinstance(value, int | Decimal) and abs(value) >= _SMALLEST:
        return holds_card(format(value, "f" if isinstance(value, Decimal) else "d"), given=True)
    return False


def _found(text: str, *, given: bool) -> Iterator[str]:
    if len(text) < _FEWEST:
        return
    plain = text if text.isascii() else text.translate(_ascii())
    if sum(map(plain.count, "0123456789")) < _FEWEST:
        return
    plain = _RANDOM.sub(" ", plain) if len(plain) >= _SHORTEST_RANDOM else plain
    for match, amid in _matches(plain):
        digits = match if match.isdigit() else _NO_DIGITS.sub("", match)
        if (not (given or amid) or _ISSUED.fullmatch(digits)) and _luhn(digits):
            yield digits


def _matches(plain: str) -> Iterator[tuple[str, bool]]:
    """What may be one, and whether it must begin as an issuer's does."""
    if plain.isdigit():
        if len(plain) <= _MOST:
            yield plain, False
        return
    for pattern in (_RUN, _GROUPS, _SPREAD):
        yield from ((match[0], pattern is _SPREAD) for match in pattern.finditer(plain))
    for pattern in (_AMID, _LONG_AMID):
        yield from ((match[1], True) for match in pattern.finditer(plain))
    yield from ((match[0], True) for match in _BY_ONE.finditer(plain))


@cache
def _ascii() -> Mapping[int, str]:
    """What the digits, spaces and dashes of all scripts stand for; what is unseen, for nothing."""
    kinds = {"Zs": " ", "Pd": "-", "Cf": ""}
    table = {_MINUS: "-"}
    for code in range(_LAST_DIGIT):
        digit = unicodedata.digit(chr(code), None)
        kind = unicodedata.category(chr(code))
        if digit is not None or kind in kinds:
            table[code] = kinds[kind] if digit is None else str(digit)
    return table


def _luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812; a crowd of numbers must not take long."""
    each = digits.encode().translate(_SINGLE)
    return (sum(each[-1::-2]) + sum(each[-2::-2].translate(_DOUBLED))) % 10 == 0
