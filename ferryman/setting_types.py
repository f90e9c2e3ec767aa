"""The values that settings may have, and the plain words for those they may not."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, InstanceOf, SecretStr, TypeAdapter, ValidationError
from pydantic_settings import NoDecode

from ferryman.loopback import is_loopback
from ferryman.purchase.parties import Address, Origin
from ferryman.secrecy import auditors
from ferryman.secrecy.auditors import Auditor
from ferryman.secrecy.ring import KeyRing

_DURATION = re.compile(r"P(?=.)(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII)
_API_KEY = re.compile(r"([\w.-]{1,64}):(read|write|operator):([0-9a-fA-F]{64})", re.ASCII)
SIGNING_PREFIX = "whsec_"
_KEY_BYTES = range(24, 65)
_DATABASES = ("sqlite+aiosqlite://", "postgresql+asyncpg://")
DEFAULT_WINDOWS: Mapping[str, timedelta] = {
    "konbini": timedelta(days=7),
    "wireTransfer": timedelta(days=30),
    "bPay": timedelta(days=30),
    "redirect": timedelta(hours=1),
    "default": timedelta(days=7),
}


class Scope(StrEnum):
    """What the bearer of an API key may do; each scope includes those before it."""

    READ = "read"
    WRITE = "write"
    OPERATOR = "operator"

    def covers(self, other: "Scope") -> bool:
        """Tell whether this scope is `other` or a greater one."""
        order = list(Scope)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True)
class ApiKey:
    """A key that the API accepts; of the key itself only its SHA-256 is known."""

    name: str
    scope: Scope
    digest: bytes


def _iso(value: Any) -> Any:
    if isinstance(value, str) and not _DURATION.fullmatch(value):
        raise ValueError("give an ISO 8601 duration, as in PT15M")
    return value


Duration = Annotated[timedelta, BeforeValidator(_iso), Field(gt=timedelta())]
"""Longer than nothing; ISO 8601 without years and months, whose length varies."""

DurationOrNone = Annotated[timedelta, BeforeValidator(_iso), Field(ge=timedelta())]
"""The same, or no time at all."""

_read_duration = TypeAdapter[timedelta](Duration).validate_python


def _windows(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    said: dict[str, timedelta] = {}
    for pair in value.split(","):
        name, _, text = pair.strip().partition("=")
        try:
            window = _read_duration(text)
        except ValidationError as error:
            raise ValueError("give source types and durations, as in konbini=P7D") from error
        if not re.fullmatch("[A-Za-z0-9]{1,40}", name) or name in said:
            raise ValueError("give each source type once, as in konbini=P7D,default=PT24H")
        said[name] = window
    return {**DEFAULT_WINDOWS, **said}


Windows = Annotated[dict[str, timedelta], NoDecode, BeforeValidator(_windows)]
"""Durations by source type; those not named keep their default."""


def _secrets(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    secrets = [secret.strip() for secret in value.split(",")]
    # With an empty secret anyone could tell us that an order is paid.
    if not all(secrets):
        raise ValueError("a secret is empty")
    return tuple(map(SecretStr, secrets))


Secrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_secrets)]


def _api_keys(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    matches = [_API_KEY.fullmatch(entry.strip()) for entry in value.split(",")]
    keys = [ApiKey(each[1], Scope(each[2]), bytes.fromhex(each[3])) for each in matches if each]
    if len(keys) < len(matches):
        raise ValueError("give name:scope:hex-sha256-of-key, scope being read, write or operator")
    if len({key.name for key in keys}) < len(keys) or len({key.digest for key in keys}) < len(keys):
        raise ValueError("a name or a key stands twice")
    return tuple(keys)


ApiKeys = Annotated[tuple[ApiKey, ...], NoDecode, BeforeValidator(_api_keys)]


def _base_url(value: Any) -> Any:
    parts = urlsplit(str(value))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.username:
        raise ValueError("give an http(s) address without user or query")
    return str(value).rstrip("/")


BaseUrl = Annotated[str, BeforeValidator(_base_url)]


def _receiver(value: Any) -> Any:
    if not value:
        return None
    parts = urlsplit(str(value))
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
        raise ValueError("give an http(s) address without a user")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("what is sold would cross the network in the clear: use https")
    return str(value)


ReceiverUrl = Annotated[str | None, BeforeValidator(_receiver)]
"""Where notifications are sent to."""


def _signing_secrets(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    secrets = [secret.strip() for secret in value.split(",") if value]
    if not all(map(_signs, secrets)):
        raise ValueError("give whsec_ and 24 to 64 bytes in base64, several with commas between")
    return tuple(map(SecretStr, secrets))


def _signs(secret: str) -> bool:
    text = secret.removeprefix(SIGNING_PREFIX)
    try:
        key = base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except ValueError:
        return False
    return text != secret and len(key) in _KEY_BYTES


SigningSecrets = Annotated[tuple[SecretStr, ...], NoDecode, BeforeValidator(_signing_secrets)]
"""Each signs; as Standard Webhooks writes them."""


def _encryption_keys(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return KeyRing.parse(value) if value else None


EncryptionKeys = Annotated[InstanceOf[KeyRing] | None, NoDecode, BeforeValidator(_encryption_keys)]
"""The first one encrypts, each decrypts; none: nothing is encrypted."""


def _auditors(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return auditors.parse(value) if value else ()


Auditors = Annotated[tuple[Auditor, ...], NoDecode, BeforeValidator(_auditors)]
"""Who may read payloads; of their tokens only the SHA-256 is known."""


def _origins(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    origins = tuple(origin.strip() for origin in value.split(",") if value)
    if not all(map(_is_origin, origins)):
        raise ValueError("give origins as a browser does, as in https://temporal.example.com")
    return origins


def _is_origin(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in {"http", "https"} and text == f"{parts.scheme}://{parts.netloc.lower()}"


Origins = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_origins)]
"""Compared letter by letter."""


def _database_url(value: Any) -> Any:
    if isinstance(value, str) and not value.startswith(_DATABASES):
        raise ValueError("give sqlite+aiosqlite:///… or postgresql+asyncpg://…")
    return value


DatabaseUrl = Annotated[SecretStr, BeforeValidator(_database_url)]
"""Secret, since it may hold a password."""


def _origin(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if not value:
        return None
    try:
        return Origin(address=Address.model_validate(json.loads(value), extra="forbid"))
    except ValueError as error:
        raise ValueError('give an address in JSON, as in {"country": "DE"}') from error


ShipFrom = Annotated[Origin | None, NoDecode, BeforeValidator(_origin)]


def _emptiness(value: Any) -> Any:
    return None if value == "" else value


OptionalPort = Annotated[Annotated[int, Field(ge=0, le=65535)] | None, BeforeValidator(_emptiness)]


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


Lower = BeforeValidator(_lower)
