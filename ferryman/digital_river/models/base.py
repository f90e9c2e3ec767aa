"""What all resources are built on: a tolerant reader that insists only on what decides.

Digital River adds fields, enum values and codes without notice ("API structure"). Identifiers,
states and quantities must be right; any other field of an unexpected type reads as absent.
"""

import re
from datetime import UTC, datetime
from decimal import Context, Decimal
from typing import Annotated, Any, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)
from pydantic.alias_generators import to_camel

T = TypeVar("T")

# Digital River computes in doubles; past their 15 sure digits stands noise (53.769999999999996).
_SURE_DIGITS = Context(prec=15)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")


class Wire(BaseModel):
    """A resource or a part of one, read only."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True
    )


def _text(value: Any) -> Any:
    # Published requests write an item's id as a number.
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _or_none(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return None


def _entered(value: Any) -> dict[Any, Any]:
    entries = value.items() if isinstance(value, dict) else ()
    return {state: time for state, time in entries if _ISO.match(str(time))}


Id = Annotated[str, BeforeValidator(_text), Field(min_length=1)]
"""An opaque identifier."""

Time = Annotated[datetime, AfterValidator(_in_utc)]
"""An aware time in UTC."""

Loose = Annotated[T | None, WrapValidator(_or_none)]
"""A field that decides nothing: None where it is not what the documents say."""

Amount = Annotated[Decimal, AfterValidator(_SURE_DIGITS.create_decimal)]
"""An amount in major units, freed of the noise of doubles."""

Many = Annotated[tuple[T, ...], BeforeValidator(lambda value: () if value is None else value)]
"""A list that may be missing or null, every entry of which must be right."""

Transitions = Annotated[dict[str, Time], BeforeValidator(_entered)]
"""When each state was entered, by state; those never entered may be null."""
