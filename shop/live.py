"""A purchase's timeline as the API streams it, handed on to a browser, which has no key."""

import asyncio
import re
from contextlib import suppress

import aiohttp
from aiohttp import hdrs, web

from .client import path_of
from .routes import Page
from .trouble import Trouble
from .window import client_of

_LAST = "Last-Event-ID"
_ENTRY = re.compile(r"[0-9]{1,9}")
_LOOK_UP_SECONDS = 1.0
_ENDLESS = aiohttp.ClientTimeout(total=None, sock_connect=5)
_HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}
_RETRY = b"retry: 1000\n\n"
"""How long a browser that was cut off waits, in milliseconds."""


async def live(request: web.Request) -> web.StreamResponse:
    """Stream what comes after the entry that the browser has, until either side ends it.

    A browser that connects again by itself says in a header which it has; a page that has just
    been loaded says so in its address. Raises Trouble (400) where that is no entry's number.
    """
    client = client_of(request)
    last = request.headers.get(_LAST) or request.query.get("after", "0")
    if not _ENTRY.fullmatch(last):
        raise Trouble(400)
    url = f"{client.base}{path_of(request.match_info['id'])}/events"
    try:
        async with client.session.request(
            request.method, url, headers={**client.headers, _LAST: last}, timeout=_ENDLESS
        ) as stream:
            if stream.status != web.HTTPOk.status_code:
                raise Trouble(stream.status)
            return await _hand_on(request, stream)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Trouble(503) from error


async def _hand_on(request: web.Request, stream: aiohttp.ClientResponse) -> web.StreamResponse:
    if request.method == hdrs.METH_HEAD:
        return web.Response(headers=_HEADERS)
    response = web.StreamResponse(headers=_HEADERS)
    await response.prepare(request)
    # What ends a stream that has begun, the browser sees as its end, and comes back.
    with suppress(ConnectionError, aiohttp.ClientError):
        await response.write(_RETRY)
        while not stream.content.at_eof() and _is_there(request):
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_UP_SECONDS):
                    chunk = await stream.content.readany()
                await response.write(chunk)
    return response


def _is_there(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


PAGES = (Page(hdrs.METH_GET, "/shop/purchases/{id}/events", live, endless=True),)
