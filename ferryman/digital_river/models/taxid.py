"""A tax identifier."""

from pydantic import Field

from .base import Id, Loose, Time, Transitions, Wire


class TaxIdentifier(Wire):
    """An identifier: `pending`, then `verified` or `not_valid` ("Tax identifiers")."""

    id: Id
    state: str | None = None
    state_transitions: Transitions = Field(default_factory=dict)
    type: Loose[str] = None
    value: Loose[str] = None
    customer_id: Loose[Id] = None
    verified_name: Loose[str] = None
    created_time: Loose[Time] = None
    updated_time: Loose[Time] = None
