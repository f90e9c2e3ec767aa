"""A call on Digital River's API as the handlers see it, and the answer they give."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .wire import Json
from .world import World


@dataclass(frozen=True)
class Call:
    """One call whose body has passed the schema."""

    ids: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Json = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.ids["id"]


@dataclass(frozen=True)
class Answer:
    """A status and what goes with it."""

    status: int
    body: Any = None


Handler = Callable[[World, Call], Answer]


@dataclass(frozen=True)
class Route:
    """One operation: where it is, what it takes and what it gives, by schema name."""

    method: str
    path: str
    handler: Handler
    takes: str | None = None
    gives: str | None = None
    filters: tuple[str, ...] = ()
