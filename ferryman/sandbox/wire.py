"""Digital River's JSON: numbers read as Decimal, doubles and ISO 8601 times written."""

import json
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

Json = dict[str, Any]

_DURATION = TypeAdapter(timedelta)


def loads(body: bytes) -> Any:
    """Read JSON with exact decimals; raises ValueError for anything else.

    `NaN` is no JSON, nor is half a surrogate pair, which no reader of ours could take in.
    """
    text = body.decode()
    document = json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    if "\\ud" in text.lower():
        json.dumps(document, ensure_ascii=False, default=str).encode()
    return document


def dumps(value: Any) -> bytes:
    """Write JSON as Digital River does: an amount is a double with at least one decimal."""
    return json.dumps(value, default=_plain, separators=(",", ":")).encode()


def words(text: str) -> list[str]:
    """Split a table of names."""
    return text.split()


def copy(value: Any) -> Any:
    """Give a snapshot which later changes of the original do not reach."""
    if isinstance(value, dict):
        return {key: copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copy(item) for item in value]
    return value


def present(**fields: Any) -> Json:
    """Keep the fields that have a value: Digital River leaves the others out."""
    return {name: value for name, value in fields.items() if value is not None}


def new_id(prefix: str = "") -> str:
    """Make an id such as `ful_14776912-d0ff-4f11-974f-17b0f2830ea2`."""
    return f"{prefix}{uuid.uuid4()}"


def new_secret(identity: str) -> str:
    """Make a client secret: the id, then a second uuid."""
    return f"{identity}_{uuid.uuid4()}"


def seconds(moment: datetime) -> str:
    """Write a time as resources carry it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def fraction(moment: datetime) -> str:
    """Write a time as events and files carry it, to the microsecond."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant(text: str) -> datetime:
    """Read an ISO 8601 time; raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def duration(text: object) -> timedelta:
    """Read an ISO 8601 duration or a number of seconds; raises ValueError."""
    try:
        return _DURATION.validate_python(float(text) if isinstance(text, Decimal) else text)
    except ValidationError as error:
        raise ValueError(f"{text!r} is not a duration") from error


def _plain(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
