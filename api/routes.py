"""What a route declares about itself; a route cannot be without saying who may use it."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import web
from pydantic import BaseModel

from ferryman.setting_types import Scope

_PLACE = re.compile(r"\{\w+\}")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Open(StrEnum):
    """Routes that ask for no key."""

    PUBLIC = "public"
    SIGNED = "signed"
    """Digital River's signature is checked by the handler."""


@dataclass(frozen=True, kw_only=True)
class Route:
    """One method on one path: who may call it, what it takes and what it gives."""

    method: str
    path: str
    handler: Handler
    access: Scope | Open
    summary: str
    takes: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    gives: Mapping[int, type[BaseModel] | None] = field(default_factory=dict)
    refuses: tuple[int, ...] = ()
    keyed: bool = False
    """True where the Idempotency-Key header is required."""
    endless: bool = False
    """True where the answer goes on for as long as the client listens."""

    @property
    def name(self) -> str:
        """The operation's name, made of method and path."""
        words = _PLACE.sub("one", self.path).strip("/").replace("-", "_").split("/")
        return "_".join([self.method.lower(), *words]).replace(".", "_")
