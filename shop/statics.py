"""The shop's style sheets and scripts, each under an address that changes with its content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from aiohttp import web

from .routes import Page
from .trouble import Trouble

_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Static:
    """One file."""

    body: bytes
    kind: str
    version: str


def _read() -> Mapping[str, Static]:
    found = {}
    for file in files(__package__).joinpath("static").iterdir():
        kind = _TYPES.get(file.name.rpartition(".")[2])
        if kind is not None:
            body = file.read_bytes()
            found[file.name] = Static(body, kind, hashlib.sha256(body).hexdigest()[:16])
    return found


STATICS = _read()


def address_of(name: str) -> str:
    """Where a browser finds a file, which it may keep for ever; raises KeyError for none."""
    return f"/shop/static/{name}?v={STATICS[name].version}"


async def static(request: web.Request) -> web.Response:
    """Answer a file, or 304 where the browser has it."""
    found = STATICS.get(request.match_info["name"])
    if found is None:
        raise Trouble(404)
    named = request.query.get("v") == found.version
    tag = f'"{found.version}"'
    kept = {"Cache-Control": _FOREVER if named else "no-cache", "ETag": tag}
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers=kept)
    return web.Response(body=found.body, content_type=found.kind, charset="utf-8", headers=kept)


PAGES = (Page("GET", "/shop/static/{name}", static),)
