"""Calls a path and reads the answer as a resource."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ferryman.digital_river.errors import Ambiguous, DigitalRiverError, Unavailable
from ferryman.digital_river.transport import Transport

M = TypeVar("M", bound=BaseModel)

Body = Mapping[str, Any]
"""A request's JSON object, with amounts as Decimal."""

Filters = Mapping[str, str | int | datetime | Sequence[str] | None]


class Calls:
    """One noun's calls."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def _get(self, model: type[M], *path: str, filters: Filters | None = None) -> M:
        query = _query(filters or {})
        return read(model, await self._transport.call("GET", path, query=query), Unavailable)

    async def _post(self, model: type[M], *path: str, body: Body | None = None) -> M:
        return read(model, await self._transport.call("POST", path, body=body), Ambiguous)

    async def _put(self, model: type[M], *path: str, body: Body) -> M:
        return read(model, await self._transport.call("PUT", path, body=body), Ambiguous)

    async def _patch(self, model: type[M], *path: str, body: Body) -> M:
        return read(model, await self._transport.call("PATCH", path, body=body), Ambiguous)

    async def _delete(self, *path: str) -> None:
        await self._transport.call("DELETE", path)


def read(model: type[M], document: Any, otherwise: type[DigitalRiverError]) -> M:
    """Read a document as a resource; where it is none, raise `otherwise`."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        # Pydantic's own sentence would repeat the input, personal data included.
        wrong = ", ".join(".".join(map(str, each["loc"])) for each in error.errors()[:3])
        raise otherwise(cause=f"the answer is no {model.__name__}: {wrong or 'body'}") from None


def _query(filters: Filters) -> dict[str, str]:
    return {key: _written(value) for key, value in filters.items() if value is not None}


def _written(value: str | int | datetime | Sequence[str]) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value) if isinstance(value, str | int) else ",".join(value)
