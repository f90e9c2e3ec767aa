"""What a request's body must be before a handler sees it."""

import re
from decimal import Decimal
from typing import Any

import jsonschema_rs

from .errors import Refusal, invalid, missing, refuse, unknown
from .schema import validator
from .wire import Json, loads

_METADATA_KEYS, _METADATA_KEY, _METADATA_VALUE = 20, 40, 500
_LARGEST = 10**12
_TEXTS = {"customerId", "itemId", "orderId", "skuId", "upstreamId"}
_WHOLE = {"quantity", "cancelQuantity"}


def read_body(schema: str, body: bytes) -> Json:
    """Read and check a body; raises the Refusal for its first error."""
    document = _parse(body)
    if not isinstance(document, dict):
        raise refuse(400, "invalid_format", "The format of your request is invalid.")
    document = {name: _lenient(item, name) for name, item in document.items()}
    for error in validator(schema).iter_errors(document):
        raise _refusal(error)
    _check_metadata(document)
    _check_sizes(document, "")
    return document


def _parse(body: bytes) -> Any:
    try:
        return loads(body)
    except (ValueError, RecursionError) as error:
        raise refuse(400, "invalid_format", "The format of your request is invalid.") from error


def _lenient(value: Any, name: str = "") -> Any:
    """Read ids sent as numbers and quantities sent as text, as the published requests have them."""
    if isinstance(value, dict):
        return {key: _lenient(item, key) for key, item in value.items() if key != "metadata"} | {
            key: item for key, item in value.items() if key == "metadata"
        }
    if isinstance(value, list):
        return [_lenient(item) for item in value]
    if name in _TEXTS and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if name in _WHOLE and isinstance(value, str) and re.fullmatch(r"\d{1,9}", value):
        return int(value)
    return value


def _refusal(error: jsonschema_rs.ValidationError) -> Refusal:
    kind = error.kind
    path = _dotted(list(error.instance_path))
    match kind:
        case jsonschema_rs.ValidationErrorKind.AdditionalProperties():
            return unknown(str(kind.unexpected[0]))
        case jsonschema_rs.ValidationErrorKind.Required():
            return missing(f"{path}.{kind.property}".lstrip("."))
        case _:
            leaf = re.sub(r"\[\d+\]$", "", path).rsplit(".", 1)[-1]
            return invalid(path or "body", f"'{_shown(error.instance)}' is not a valid {leaf}.")


def _shown(value: Any) -> str:
    return str(value)[:80]


def _dotted(path: list[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.lstrip(".")


def _check_metadata(document: Any) -> None:
    if isinstance(document, list):
        for item in document:
            _check_metadata(item)
    if not isinstance(document, dict):
        return
    for name, value in document.items():
        if name == "metadata":
            _check_pairs(value)
        else:
            _check_metadata(value)


def _check_sizes(value: Any, path: str) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            if name != "metadata":
                _check_sizes(item, f"{path}.{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_sizes(item, f"{path}[{index}]")
    elif isinstance(value, int | Decimal) and abs(Decimal(value)) >= _LARGEST:
        raise invalid(path.lstrip("."), f"'{_shown(value)}' is too large.")


def _check_pairs(metadata: Json) -> None:
    if len(metadata) > _METADATA_KEYS:
        raise refuse(
            400,
            "too_many_metadata_pairs",
            "The request contained too many metadata pairs.",
            "metadata",
        )
    for key, value in metadata.items():
        if not key or len(key) > _METADATA_KEY:
            raise refuse(400, "invalid_metadata_key", "The metadata key is invalid.", "metadata")
        if isinstance(value, str) and len(value) > _METADATA_VALUE:
            raise refuse(
                400,
                "invalid_metadata_value",
                "The value provided for the metadata was invalid.",
                f"metadata.{key}",
            )
