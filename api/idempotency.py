"""Keys that make a repeated request the same request, and what a request is told apart by."""

import hashlib
import json
import re
from decimal import Decimal
from typing import Any

from aiohttp import web

from .errors import Kind, Problem

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"

_KEY = re.compile(r"[\x20-\x7e]{1,255}")


def key_of(request: web.Request) -> str:
    """Give the request's key; raises a Problem (400) where there is none or a bad one."""
    key = optional_key_of(request)
    if key is None:
        raise _bad("is required")
    return key


def optional_key_of(request: web.Request) -> str | None:
    """Give the key where one was sent; raises a Problem (400) for a bad one."""
    keys = request.headers.getall(HEADER, [])
    if not keys:
        return None
    if len(keys) > 1 or not _KEY.fullmatch(keys[0]):
        raise _bad("has to be given once, as 1 to 255 printable characters")
    return keys[0]


def fingerprint(*parts: Any) -> str:
    """Tell documents apart by what they say: neither spaces, key order nor `1.0` for `1` matter."""
    canonical = json.dumps(_canonical(parts), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _canonical(value: Any) -> Any:
    match value:
        case dict():
            return {key: _canonical(each) for key, each in value.items()}
        case list() | tuple():
            return [_canonical(each) for each in value]
        case Decimal():
            integral = value == value.to_integral_value()
            return int(value) if integral else [str(value.normalize())]
        case _:
            return value


def _bad(what: str) -> Problem:
    return Problem(Kind.INVALID_REQUEST, f"The header {HEADER} {what}.")
