"""The model that every noun of a purchase is built on."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer
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
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, AfterValidator(_in_utc), PlainSerializer(_iso, when_used="json")]
"""An aware UTC time; ISO 8601 with milliseconds and `Z` in JSON."""
