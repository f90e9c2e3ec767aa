import hashlib
import re
from dataclasses import dataclass

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from multidict import CIMultiDict

from api.authorization import Authorization
from api.keys import METRICS, ROUTES
from api.limits import Limits
from api.metrics import Metrics
from api.middleware import Boundary
from api.routes import Open, Route
from ferryman.setting_types import ApiKey, Scope
from ferryman.settings import Settings, SettingsError
from tests.api.door import KEYS, Door

KEY = KEYS[Scope.OPERATOR]
HEADER = "Authorization"


@dataclass(frozen=True)
class Caller:
    """What somebody sends to be let in, and the scope that it proves."""

    headers: tuple[tuple[str, str], ...] = ()
    query: str = ""
    scope: Scope | None = None


def told(value: str, scope: Scope | None = None) -> Caller:
    """A caller with this Authorization header."""
    return Caller(((HEADER, value),), scope=scope)


CALLERS = {
    "none": Caller(),
    "unknown": told("Bearer nobody's"),
    "empty": told("Bearer "),
    "scheme alone": told("Bearer"),
    "other scheme": told(f"Basic {KEY}"),
    "bare": told(KEY),
    "not ASCII": told("Bearer ключ"),
    "a key's beginning": told(f"Bearer {KEY[:-1]}"),
    "a key and more": told(f"Bearer {KEY}x"),
    "a key in capitals": told(f"Bearer {KEY.upper()}"),
    "two keys in one": told(f"Bearer {KEY}, Bearer {KEY}"),
    "what is stored of a key": told(f"Bearer {hashlib.sha256(KEY.encode()).hexdigest()}"),
    "twice the same": Caller(((HEADER, f"Bearer {KEY}"),) * 2),
    "an unknown one before": Caller(((HEADER, "Bearer x"), (HEADER, f"Bearer {KEY}"))),
    "an unknown one behind": Caller(((HEADER, f"Bearer {KEY}"), (HEADER, "Bearer x"))),
    "in a cookie": Caller((("Cookie", f"{HEADER}=Bearer {KEY}; key={KEY}; api_key={KEY}"),)),
    "in another header": Caller((("X-Api-Key", KEY), ("Proxy-Authorization", f"Bearer {KEY}"))),
    "in the query": Caller(query=f"?key={KEY}&api_key={KEY}&access_token={KEY}&{HEADER}={KEY}"),
    **{
        f"{scope}, {scheme}": told(f"{scheme} {KEYS[scope]}", scope)
        for scope in Scope
        for scheme in ("Bearer", "bearer", "BEARER")
    },
}


@pytest.mark.parametrize("caller", CALLERS)
async def test_every_route(door: Door, caller: str):
    """Every route the application has answers each kind of caller as it declares."""
    expected, answers = {}, {}
    for method, route in _served(door):
        expected[method, route.path] = _declared(route, CALLERS[caller].scope)
        answers[method, route.path] = _verdict(
            route, await _status(door, method, route.path, CALLERS[caller])
        )

    assert len(expected) > len(door.api.app[ROUTES])
    assert expected == answers


def _served(door: Door) -> list[tuple[str, Route]]:
    routes = door.api.app[ROUTES]
    heads = [("HEAD", route) for route in routes if route.method == "GET"]
    return [*((route.method, route) for route in routes), *heads]


async def _status(door: Door, method: str, path: str, caller: Caller) -> int:
    url = f"http://{door.host}:{door.port}{re.sub(r'{[^}]+}', 'unknown', path)}{caller.query}"
    async with door.session.request(method, url, headers=CIMultiDict(caller.headers)) as answer:
        return answer.status


def _declared(route: Route, scope: Scope | None) -> str:
    if isinstance(route.access, Open):
        return "in"
    if scope is None:
        return "401"
    return "in" if scope.covers(route.access) else "403"


def _verdict(route: Route, status: int) -> str:
    if status in (401, 403) and route.access is not Open.SIGNED:
        return str(status)
    return "in"


def test_stored(monkeypatch: pytest.MonkeyPatch):
    """Of a key only its hash is told to the process and kept, so that nobody can read it there."""
    digest = hashlib.sha256(KEY.encode())
    monkeypatch.setenv("FERRYMAN_API_KEYS", f"shop:write:{digest.hexdigest()}")
    settings = Settings.read()

    assert (ApiKey("shop", Scope.WRITE, digest.digest()),) == settings.api.keys
    assert KEY not in repr(settings)


@pytest.mark.parametrize("text", [f"shop:write:{KEY}", f"shop:admin:{'0' * 64}", "shop:write:"])
def test_keys_in_the_clear(monkeypatch: pytest.MonkeyPatch, text: str):
    """A key itself, where its hash belongs, stops the process, which does not repeat it."""
    monkeypatch.setenv("FERRYMAN_API_KEYS", text)

    with pytest.raises(SettingsError, match="FERRYMAN_API_KEYS") as refused:
        Settings.read()
    assert KEY not in str(refused.value)


async def test_challenge(door: Door):
    """A 401 says how to get in."""
    reply = await door.get("/purchases", scope=None)

    assert (reply.status, reply.problem) == (401, "unauthorized")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


def test_no_route_escapes(door: Door):
    """The application serves exactly the routes that declare a rule."""
    served = {
        (route.method, route.resource.canonical)
        for route in door.api.app.router.routes()
        if route.resource is not None
    }
    declared = {(route.method, route.path) for route in door.api.app[ROUTES]}

    heads = {("HEAD", path) for method, path in declared if method == "GET"}
    assert served == declared | heads


async def test_route_without_a_rule():
    """A route that somebody adds without a rule is open to nobody."""

    async def forgotten(request: web.Request) -> web.Response:
        del request
        return web.Response()

    boundary = Boundary(Authorization((), {}), Limits(1, 1), Limits(1, 1))
    app = web.Application(middlewares=[boundary.middleware()])
    app[METRICS] = Metrics()
    app.router.add_get("/forgotten", forgotten)
    async with TestClient(TestServer(app)) as client:
        reply = await client.get("/forgotten")

    assert reply.status == 403
