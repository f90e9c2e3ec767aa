"""Reads a catalogue's rows one after the other, each a product or the reason why it is none."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from ferryman.digital_river import exact_json

from .product import Product

_LONGEST_LINE = 256 * 1024
_MOST_REASONS = 3
_METADATA = "metadata."
_COLUMNS = frozenset(map(to_camel, Product.model_fields)) - {"metadata"}


class Format(StrEnum):
    """How a catalogue is written down."""

    JSONL = "jsonl"
    CSV = "csv"


class UnreadableCatalogue(ValueError):
    """The file as a whole cannot be a catalogue; the sentence says why."""


@dataclass(frozen=True)
class Row:
    """A product and the line where it begins, the first line being 1."""

    line: int
    product: Product


@dataclass(frozen=True)
class Refusal:
    """A row that is not sent, or not taken."""

    line: int
    id: str | None
    reason: str


_Raw = tuple[int, Mapping[str, Any] | str]
"""A line's number, and its fields or the reason why there are none."""


def format_of(path: Path) -> Format:
    """Tell the format by the file's name; raises UnreadableCatalogue where that says nothing."""
    suffixes = {".csv": Format.CSV, ".jsonl": Format.JSONL, ".ndjson": Format.JSONL}
    try:
        return suffixes[path.suffix.lower()]
    except KeyError:
        raise UnreadableCatalogue(
            f"{path.name} is named neither .csv nor .jsonl: give --format"
        ) from None


def read_rows(path: Path, written: Format) -> Iterator[Row | Refusal]:
    """Read row by row, holding one at a time.

    Raises OSError, and UnreadableCatalogue for a CSV whose header names unknown columns.
    """
    raws = _csv(path) if written is Format.CSV else _json_lines(path)
    for line, fields in raws:
        yield Refusal(line, None, fields) if isinstance(fields, str) else _row(line, fields)


def _row(line: int, fields: Mapping[str, Any]) -> Row | Refusal:
    try:
        return Row(line, Product.model_validate(fields))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        reasons = (
            ": ".join(filter(None, (".".join(map(str, each["loc"])), each["msg"])))
            for each in found[:_MOST_REASONS]
        )
        given = fields.get("id")
        return Refusal(line, given if isinstance(given, str) else None, "; ".join(reasons))


def _json_lines(path: Path) -> Iterator[_Raw]:
    with path.open("rb") as file:
        number = 0
        while text := file.readline(_LONGEST_LINE):
            number += 1
            whole = text.endswith(b"\n") or len(text) < _LONGEST_LINE
            if not whole:
                while rest := file.readline(_LONGEST_LINE):
                    if rest.endswith(b"\n"):
                        break
                yield number, "the line is too long"
            elif text.strip():
                yield number, _json(text.removeprefix(b"\xef\xbb\xbf") if number == 1 else text)


def _json(text: bytes) -> Mapping[str, Any] | str:
    try:
        document = exact_json.decode(text)
    except ValueError as error:
        return f"no JSON: {error}"
    return document if isinstance(document, dict) else "no JSON object"


def _csv(path: Path) -> Iterator[_Raw]:
    # What is not UTF-8 shall spoil its own row alone.
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        header = file.readline()
        separator = ";" if ";" in header and "," not in header else ","
        names = next(csv.reader([header], delimiter=separator), [])
        _check_header(names)
        rows = csv.reader(file, delimiter=separator, strict=True)
        while True:
            line = rows.line_num + 2
            try:
                cells = next(rows, None)
            except csv.Error as error:
                yield line, f"no CSV: {error}"
                continue
            if cells is None:
                return
            if any(cells):
                yield line, _fields(names, cells)


def _check_header(names: Iterable[str]) -> None:
    given = list(names)
    unknown = [name for name in given if name not in _COLUMNS and not name.startswith(_METADATA)]
    if unknown:
        raise UnreadableCatalogue(f"the header names unknown columns: {', '.join(unknown)}")
    if "id" not in given or len(set(given)) < len(given):
        raise UnreadableCatalogue("the header has to name id, and each column once")


def _fields(names: list[str], cells: list[str]) -> Mapping[str, Any] | str:
    if len(cells) != len(names):
        return f"{len(cells)} cells where the header names {len(names)}"
    try:
        "".join(cells).encode()
    except UnicodeEncodeError:
        return "not UTF-8"
    given = {name: cell for name, cell in zip(names, cells, strict=True) if cell.strip()}
    metadata = {
        name.removeprefix(_METADATA): given.pop(name)
        for name in list(given)
        if name.startswith(_METADATA)
    }
    return {**given, "metadata": metadata} if metadata else given
