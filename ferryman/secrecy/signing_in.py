"""The codec server's page, where a browser gets a cookie for a token: the Web UI sends none."""

import time
from collections.abc import Sequence
from html import escape
from http import HTTPStatus
from urllib.parse import urlsplit

import structlog
from aiohttp import hdrs, web

from ferryman.loopback import is_loopback

from .auditors import Auditor, bearer_of
from .sessions import Sessions

COOKIE = "ferryman-codec"
SECONDS = 8 * 60 * 60
"""A working day; then the token is asked for again."""

_LONGEST = 4096
_POLICY = "default-src 'none'; form-action 'self'; frame-ancestors 'none'"
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Ferryman codec server</title>
<h1>Ferryman codec server</h1>
<p>{state}</p>
<form method="post" action="/session">
<label>Token <input type="password" name="token" autocomplete="current-password"></label>
<button>Sign in</button> <button name="out" value="out">Sign out</button>
</form></html>
"""

log = structlog.get_logger()


class SigningIn:
    """`GET /` and `POST /session`; a cookie counts where the request tells its origin."""

    def __init__(self, auditors: Sequence[Auditor]) -> None:
        self._auditors = auditors
        self._sessions = Sessions(SECONDS, time.monotonic)

    def add_to(self, app: web.Application) -> None:
        """Serve the page."""
        app.router.add_get("/", self._page)
        app.router.add_post("/session", self._session)

    def auditor(self, request: web.Request) -> Auditor | None:
        """Who asks, by header or by cookie; None for strangers."""
        if hdrs.AUTHORIZATION in request.headers:
            return bearer_of(self._auditors, request.headers[hdrs.AUTHORIZATION])
        # A browser sends cookies for any page that asks; only one that is named is heard.
        if hdrs.ORIGIN not in request.headers:
            return None
        return self._by_cookie(request)

    async def _page(self, request: web.Request) -> web.Response:
        auditor = self._by_cookie(request)
        state = f"Signed in as {escape(auditor.name)}." if auditor else "Not signed in."
        return web.Response(
            text=_PAGE.format(state=state),
            content_type="text/html",
            headers={
                "Content-Security-Policy": _POLICY,
                "Referrer-Policy": "same-origin",
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _session(self, request: web.Request) -> web.Response:
        if urlsplit(request.headers.get(hdrs.ORIGIN, "")).netloc != request.host:
            raise web.HTTPForbidden(reason="Only this server's own page may sign in.")
        if (request.content_length or 0) > _LONGEST:
            raise web.HTTPRequestEntityTooLarge(_LONGEST)
        form = await request.post()
        response = web.Response(status=HTTPStatus.SEE_OTHER, headers={hdrs.LOCATION: "/"})
        if "out" in form:
            self._sessions.end(request.cookies.get(COOKIE, ""))
            response.del_cookie(COOKIE)
            return response
        token = str(form.get("token", ""))
        auditor = bearer_of(self._auditors, f"Bearer {token}")
        if auditor is None:
            log.warning("sign_in_refused")
            raise web.HTTPUnauthorized(reason="This token is not known.")
        log.info("signed_in", auditor=auditor.name)
        response.set_cookie(
            COOKIE,
            self._sessions.begin(auditor),
            max_age=SECONDS,
            httponly=True,
            samesite="Strict",
            secure=not is_loopback(urlsplit(f"//{request.host}").hostname or ""),
        )
        return response

    def _by_cookie(self, request: web.Request) -> Auditor | None:
        return self._sessions.get(request.cookies.get(COOKIE, ""))
