"""The model that every noun of a purchase is built on."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel


class Noun(BaseModel):
    """Camel case outside, frozen inside.

    Unknown fields are ignored, since an older worker reads what a newer one wrote; the API, which
    must refuse them, validates with `extra="forbid"`.
    """

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is beyond the first or the last year") from error


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, AfterValidator(_in_utc), PlainSerializer(_iso, when_used="json")]
"""An aware UTC time; ISO 8601 with milliseconds and `Z` in JSON."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def _whole(written: object) -> object:
    if isinstance(written, datetime):
        return written
    if isinstance(written, str) and _INSTANT.fullmatch(written):
        return written
    raise ValueError("needs a date, a time and a zone, such as 2030-01-31T12:00:00Z")


Instant = Annotated[Moment, BeforeValidator(_whole)]
"""A Moment that a person has written (RFC 3339): a zone is not guessed, a number is none."""
