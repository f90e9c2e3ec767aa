"""The sandbox's pages as they are written: templates, their style and script, what they allow."""

import re
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

_TYPES = {"pages.css": "text/css", "drop-in.js": "text/javascript"}
_ORIGIN = re.compile(r"https?://(\[::1\]|[A-Za-z0-9.-]+)(:\d{1,5})?")
_TEMPLATES = Environment(
    loader=PackageLoader("ferryman.sandbox"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    name: str, *, frames: str = "'none'", forms: str = "", status: int = 200, **given: Any
) -> web.Response:
    """Answer with a template.

    `frames` is who may frame the page, `forms` are origins that its forms lead on to.
    """
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:;"
        f" base-uri 'none'; form-action 'self' {forms}; frame-ancestors {frames}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    text = _TEMPLATES.get_template(name).render(given)
    return web.Response(
        status=status, text=text, content_type="text/html", charset="utf-8", headers=headers
    )


async def static(request: web.Request) -> web.Response:
    """Answer what the pages are dressed in, and what they do."""
    name = request.match_info["name"]
    kind = _TYPES.get(name)
    if kind is None:
        raise web.HTTPNotFound
    body = files(__package__).joinpath("static", name).read_bytes()
    headers = {"Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff"}
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)


def origin_of(url: str | None) -> str:
    """The origin of an address; empty for none, or one that a policy cannot hold."""
    if url is None:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    origin = f"{parts.scheme}://{parts.netloc}"
    return origin if _ORIGIN.fullmatch(origin) else ""
