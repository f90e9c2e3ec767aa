"""The names that settings may give: of neighbours on this machine, of deployments and builds."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BeforeValidator
from pydantic_settings import NoDecode

_NEIGHBOUR = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
_BUILD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def _neighbours(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    names = [name.strip() for name in value.split(",") if value]
    # A name with a dot may be anybody's in the world, one without is resolved by this host alone.
    if not all(map(_NEIGHBOUR.fullmatch, names)):
        raise ValueError("give names without dots, as containers on one host have")
    return frozenset(names)


Neighbours = Annotated[frozenset[str], NoDecode, BeforeValidator(_neighbours)]
"""Hosts to which plaintext does not leave this machine, though they are not loopback."""


def _named(pattern: re.Pattern[str]) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value and not pattern.fullmatch(str(value)):
            raise ValueError("give letters, digits and hyphens, 100 at most")
        return value or None

    return check


DeploymentName = Annotated[str | None, BeforeValidator(_named(_NAME))]
"""As Temporal takes it, which joins it with the build id by a dot or a colon."""

BuildId = Annotated[str | None, BeforeValidator(_named(_BUILD))]
