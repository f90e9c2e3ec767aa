"""Keeps other sites' pages from acting in the shop, and the shop's from running what is not its."""

from urllib.parse import urlsplit

from aiohttp import hdrs, web
from yarl import URL

from ferryman.loopback import is_loopback

from .trouble import Trouble

_READING = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
_FORM = "application/x-www-form-urlencoded"
_LARGEST_FORM = 64 * 1024


def headers(provider: str) -> dict[str, str]:
    """What every page is sent with; `provider` is the address whose drop-in it may frame."""
    policy = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        f"frame-src {origin_of(provider)}",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        # Without any referrer browsers would not say either which origin a form comes from.
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


def check(request: web.Request) -> None:
    """Raise the Trouble (403, 413, 415) that keeps this request out.

    A name of somebody else's that leads to this machine must not open its pages to that somebody
    (DNS rebinding): the API serves them on loopback alone.
    """
    if not is_loopback(_hostname(request.host)):
        raise Trouble(403)
    if request.method in _READING:
        return
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    said = request.headers.get(hdrs.ORIGIN)
    if site != "same-origin" or said not in (None, own_origin(request)):
        raise Trouble(403)
    if request.body_exists:
        _check_body(request)


def _check_body(request: web.Request) -> None:
    if request.content_type != _FORM:
        raise Trouble(415)
    # Browsers say how long a form is before they send it.
    length = request.content_length
    if length is None or length > _LARGEST_FORM:
        raise Trouble(413)


def own_origin(request: web.Request) -> str:
    """The origin under which the browser knows the shop."""
    return f"{request.scheme}://{request.host}"


def origin_of(url: str) -> str:
    """The origin of an address, as browsers write it: in small letters, without a usual port."""
    return str(URL(url).origin())


def _hostname(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
