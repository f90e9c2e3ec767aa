"""Puts the shop together: its pages, what they need, and what surrounds each of them."""

from collections.abc import AsyncIterator, Mapping

import aiohttp
from aiohttp import web

from . import live, paying, pulling, purchase_list, purchase_page, shopping, statics, terms, thanks
from .guard import check, headers
from .rendering import environment, respond
from .routes import Handler, Page
from .trouble import Trouble, words_of
from .window import WINDOW, Window

PAGES: tuple[Page, ...] = (
    *statics.PAGES,
    *shopping.PAGES,
    *paying.PAGES,
    *terms.PAGES,
    *thanks.PAGES,
    *purchase_list.PAGES,
    *purchase_page.PAGES,
    *pulling.PAGES,
    *live.PAGES,
)

_SECONDS = aiohttp.ClientTimeout(total=14)


class Shop:
    """The shop as the API mounts it; `key` is one of the API's, of scope operator."""

    def __init__(self, key: str, provider: str, temporal_ui: str) -> None:
        self.window = Window(key, provider, temporal_ui, environment())
        self._headers = headers(provider)

    def pages(self) -> tuple[Page, ...]:
        """List the pages with their handlers as they are to be served."""
        return tuple(
            Page(each.method, each.path, self._guarded(each.handler), each.endless)
            for each in PAGES
        )

    def covers(self, path: str) -> bool:
        """Tell whether a path is the shop's, be there a page or not."""
        return path == "/" or path.startswith("/shop/")

    def refuse(self, status: int, kept: Mapping[str, str], request_id: str) -> web.Response:
        """Make the page for what ended outside of the shop's own pages."""
        title, words = words_of(status)
        return self._error(status, title, words, request_id, kept)

    async def running(self, app: web.Application) -> AsyncIterator[None]:
        """Hold connections for as long as the application runs."""
        app[WINDOW].session = aiohttp.ClientSession(timeout=_SECONDS)
        yield
        session, app[WINDOW].session = app[WINDOW].session, None
        if session is not None:
            await session.close()

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: web.Request) -> web.StreamResponse:
            try:
                check(request)
                response = await handler(request)
            except Trouble as trouble:
                response = self._error(trouble.status, trouble.title, trouble.words)
            # The headers of what goes on for long have left already.
            if not response.prepared:
                for name, value in self._headers.items():
                    response.headers.setdefault(name, value)
            return response

        return guarded

    def _error(
        self,
        status: int,
        title: str,
        words: str,
        request_id: str = "",
        kept: Mapping[str, str] | None = None,
    ) -> web.Response:
        given = {"title": title, "words": words, "request_id": request_id, "path": ""}
        own = {**self._headers, **(kept or {})}
        return respond(self.window.templates, "trouble.html", given, status, own)
