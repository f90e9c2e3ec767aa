import re
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from api.authorization import Authorization
from api.keys import METRICS, ROUTES
from api.metrics import Metrics
from api.middleware import Boundary
from api.routes import Open, Route
from ferryman.setting_types import Scope
from tests.api.door import KEYS, Door

BEARERS: dict[str, tuple[dict[str, str], Scope | None]] = {
    "none": ({}, None),
    "unknown": ({"Authorization": "Bearer nobody's"}, None),
    "empty": ({"Authorization": "Bearer "}, None),
    "other scheme": ({"Authorization": f"Basic {KEYS[Scope.OPERATOR]}"}, None),
    "bare": ({"Authorization": KEYS[Scope.OPERATOR]}, None),
    "not ASCII": ({"Authorization": "Bearer ключ"}, None),
    **{scope.value: ({"Authorization": f"bearer {KEYS[scope]}"}, scope) for scope in Scope},
}


@pytest.mark.parametrize("bearer", BEARERS)
async def test_every_route(door: Door, bearer: str):
    """Every route the application has answers each kind of caller as it declares."""
    headers, scope = BEARERS[bearer]
    answers: dict[str, Any] = {}
    expected: dict[str, Any] = {}
    for route in door.api.app[ROUTES]:
        path = re.sub(r"\{\w+\}", "unknown", route.path)
        reply = await door.send(route.method, path, scope=None, headers=headers)
        answers[route.name] = _verdict(route, reply.status)
        expected[route.name] = _declared(route, scope)

    assert answers == expected


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

    app = web.Application(middlewares=[Boundary(Authorization((), {})).middleware()])
    app[METRICS] = Metrics()
    app.router.add_get("/forgotten", forgotten)
    async with TestClient(TestServer(app)) as client:
        reply = await client.get("/forgotten")

    assert reply.status == 403
