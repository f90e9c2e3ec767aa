"""JSON in which numbers stay what they are: Decimal in, Decimal out, nothing through a double."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

_DEEPEST = 64
_LONGEST_NUMBER = 40
_LARGEST_EXPONENT = 30


def decode(body: bytes) -> Any:
    """Read a document; fractions become Decimal.

    Raises ValueError, and nothing else, for what is not UTF-8, not JSON, nested over 64 deep, or
    holds a key twice, a number of absurd size or a text that cannot be written again.
    """
    try:
        document = json.loads(
            body.decode("utf-8"),
            parse_float=_decimal,
            parse_int=_integer,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    _check(document)
    return document


def encode(value: Any) -> bytes:
    """Write mappings, sequences, texts, integers, decimals, aware times, booleans and None.

    Raises TypeError for anything else, a float above all, and ValueError for NaN or infinity.
    """
    return _written(value).encode("utf-8")


def _decimal(text: str) -> Decimal:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("a number is too long")
    mantissa, _, exponent = text.lower().partition("e")
    if exponent and abs(int(exponent)) > _LARGEST_EXPONENT:
        raise ValueError(f"the number {mantissa}e… is too large or too small")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise ValueError("a number is too long")
    return int(text)


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"the key {key[:40]!r} stands twice")
        result[key] = value
    return result


def _check(document: Any) -> None:
    level = [document]
    for _ in range(_DEEPEST):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below += [*value, *value.values()]
            elif isinstance(value, list):
                below += value
            elif isinstance(value, str):
                # Half of a surrogate pair is legal in JSON's escapes but not in UTF-8.
                value.encode("utf-8")
        if not below:
            return
        level = below
    raise ValueError("nested too deeply")


def _written(value: Any) -> str:
    match value:
        case None | bool() | str() | int():
            return json.dumps(value, ensure_ascii=False)
        case Decimal():
            if not value.is_finite():
                raise ValueError(f"{value} is no JSON number")
            return format(value, "f")
        case datetime():
            return json.dumps(value.astimezone(UTC).isoformat().replace("+00:00", "Z"))
        case Mapping():
            pairs = (f"{json.dumps(str(key))}:{_written(each)}" for key, each in value.items())
            return "{" + ",".join(pairs) + "}"
        case Sequence() if not isinstance(value, bytes | bytearray):
            return "[" + ",".join(map(_written, value)) + "]"
        case _:
            raise TypeError(f"{type(value).__name__} has no exact form in JSON")
