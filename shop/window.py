"""What the pages are composed of: the way to the API, to the sandbox, and to their templates."""

from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import hdrs, web
from jinja2 import Environment

from .client import Client
from .rendering import respond
from .trouble import Trouble


@dataclass
class Window:
    """One shop window; `session` is there while its application runs."""

    key: str = field(repr=False)
    provider: str
    """Where the sandbox is, of which a browser sees the drop-in and the shop uses the controls."""
    temporal_ui: str
    """Where Temporal's Web UI shows our namespace."""
    templates: Environment
    session: aiohttp.ClientSession | None = None


WINDOW = web.AppKey("window", Window)


def client_of(request: web.Request) -> Client:
    """The API at the very address at which this request has come in."""
    window = request.app[WINDOW]
    return Client(session_of(request), _address(request), window.key)


def session_of(request: web.Request) -> aiohttp.ClientSession:
    """The shop's connections; raises Trouble (503) where it is closing."""
    session = request.app[WINDOW].session
    if session is None:
        raise Trouble(503)
    return session


def page(request: web.Request, name: str, status: int = 200, **given: Any) -> web.Response:
    """Answer with a template of the shop's."""
    # A form that is shown again is not the page that has its address.
    path = request.path if request.method != hdrs.METH_POST else ""
    return respond(request.app[WINDOW].templates, name, {"path": path, **given}, status)


def see_other(location: str) -> web.Response:
    """Send the browser on by GET, so that going back or reloading repeats nothing."""
    return web.Response(status=303, headers={"Location": location})


def _address(request: web.Request) -> str:
    transport = request.transport
    if transport is None:
        raise Trouble(503)
    host, port = transport.get_extra_info("sockname")[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
