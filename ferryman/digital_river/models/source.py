"""A payment source."""

from collections.abc import Mapping
from typing import Any

from pydantic import model_validator

from .base import Amount, Id, Loose, Time, Wire
from .party import Party


class Source(Wire):
    """Where money comes from; inside a checkout or an order it carries neither state nor flow."""

    id: Id
    type: str | None = None
    state: str | None = None
    flow: str | None = None
    amount: Loose[Amount] = None
    currency: Loose[str] = None
    reusable: Loose[bool] = None
    client_secret: Loose[str] = None
    customer_id: Loose[Id] = None
    payment_session_id: Loose[Id] = None
    owner: Loose[Party] = None
    created_time: Loose[Time] = None
    expiration_time: Loose[Time] = None
    details: Loose[dict[str, Any]] = None
    """The part named after the type: bank data, a redirect's address, a card's brand."""

    @model_validator(mode="before")
    @classmethod
    def _find_details(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or not isinstance(value.get("type"), str):
            return value
        return {"details": value.get(value["type"])} | dict(value)
