"""JSON in which numbers stay what they are: Decimal in, Decimal out, nothing through a double."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

_DEEPEST = 64
_LONGEST_NUMBER = 40
_LARGEST_EXPONENT = 30


class TooManyValues(ValueError):
    """The document is JSON, but holds more values than its reader wants to look at."""


class UnholdableValue(ValueError):
    """The document is JSON, but the value at `pointer` is nothing that we can hold."""

    def __init__(self, pointer: str, sentence: str) -> None:
        super().__init__(sentence)
        self.pointer = pointer


@dataclass(frozen=True)
class _Unholdable:
    """Stands for a number until its place in the document is known."""

    sentence: str


@dataclass(frozen=True)
class _Node:
    """A value and the way to it: linked, since pointers of long keys would add up."""

    value: Any
    key: str | int = ""
    parent: "_Node | None" = None

    @property
    def pointer(self) -> str:
        if self.parent is None:
            return ""
        return f"{self.parent.pointer}/{str(self.key).replace('~', '~0').replace('/', '~1')}"


def decode(body: bytes, most: int | None = None) -> Any:
    """Read a document of `most` values at most; fractions become Decimal.

    Raises TooManyValues, UnholdableValue for JSON with a number of absurd size or a text that
    cannot be written again, and ValueError, and nothing else, for what is not UTF-8, not JSON,
    nested over 64 deep or holds a key twice.
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
    if most is not None:
        _count(document, most)
    _check(document)
    return document


def encode(value: Any) -> bytes:
    """Write mappings, sequences, texts, integers, decimals, aware times, booleans and None.

    Raises TypeError for anything else, a float above all, and ValueError for NaN or infinity.
    """
    return _written(value).encode("utf-8")


def _decimal(text: str) -> Decimal | _Unholdable:
    if len(text) > _LONGEST_NUMBER:
        return _Unholdable("the number is too long")
    mantissa, _, exponent = text.lower().partition("e")
    if exponent and abs(int(exponent)) > _LARGEST_EXPONENT:
        return _Unholdable(f"the number {mantissa}e… is too large or too small")
    return Decimal(text)


def _integer(text: str) -> int | _Unholdable:
    return int(text) if len(text) <= _LONGEST_NUMBER else _Unholdable("the number is too long")


def _constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(f"the key {key[:40]!r} stands twice")
        result[key] = value
    return result


def _count(document: Any, most: int) -> None:
    """Only lengths are added up, which costs a small part of what looking at each value does."""
    count, rest = 1, [document]
    while rest:
        node = rest.pop()
        if not isinstance(node, dict | list):
            continue
        count += len(node)
        if count > most:
            raise TooManyValues(f"more than {most} values")
        rest += node.values() if isinstance(node, dict) else node


def _check(document: Any) -> None:
    level = [_Node(document)]
    for _ in range(_DEEPEST):
        below = [child for node in level for child in _children(node)]
        if not below:
            return
        level = below
    raise ValueError("nested too deeply")


def _children(node: _Node) -> Iterator[_Node]:
    match node.value:
        case dict() as members:
            for key, value in members.items():
                _check_text(key, node)
                yield _Node(value, key, node)
        case list() as values:
            yield from (_Node(value, index, node) for index, value in enumerate(values))
        case str() as text:
            _check_text(text, node)
        case _Unholdable() as number:
            raise UnholdableValue(node.pointer, number.sentence)


def _check_text(text: str, node: _Node) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        # Legal in JSON's escapes but not in UTF-8.
        raise UnholdableValue(node.pointer, "half of a surrogate pair") from error


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
