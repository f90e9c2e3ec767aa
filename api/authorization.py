"""Who is calling, and whether this route is open to them."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence

from aiohttp import web

from ferryman.setting_types import ApiKey, Scope

from .errors import Kind, Problem
from .routes import Open, Route

CALLER = web.RequestKey("caller", ApiKey)

_HOW = "Send a known key as Authorization: Bearer."


class Authorization:
    """The keys that are accepted, and the rule of every route."""

    def __init__(self, keys: Sequence[ApiKey], rules: Mapping[web.AbstractRoute, Route]) -> None:
        self._keys = keys
        self._rules = rules

    def check(self, request: web.Request) -> Route | None:
        """Raise the Problem that keeps this request out; note who calls otherwise.

        Gives the rule of the route, None where the path leads nowhere.

        A route that declares no rule is open to nobody.
        """
        if request.match_info.http_exception is not None:
            return None
        rule = self._rules.get(request.match_info.route)
        if rule is None:
            raise Problem(Kind.FORBIDDEN, "This route is open to nobody.")
        if isinstance(rule.access, Open):
            return rule
        caller = self._caller(request)
        if not caller.scope.covers(rule.access):
            raise Problem(Kind.FORBIDDEN, f"This needs a key of scope {rule.access}.")
        request[CALLER] = caller
        return rule

    def _caller(self, request: web.Request) -> ApiKey:
        headers = request.headers.getall("Authorization", [])
        scheme, _, token = (headers[0] if len(headers) == 1 else "").partition(" ")
        digest = hashlib.sha256(token.strip().encode("utf-8", "surrogateescape")).digest()
        # All keys are compared, so that the time taken does not tell which one was near.
        known = [key for key in self._keys if hmac.compare_digest(key.digest, digest)]
        if scheme.lower() != "bearer" or not known:
            raise Problem(Kind.UNAUTHORIZED, _HOW, headers={"WWW-Authenticate": "Bearer"})
        return known[0]


def caller_of(request: web.Request) -> str:
    """Give the name of the caller's key."""
    return request[CALLER].name


def is_operator(request: web.Request) -> bool:
    """Tell whether the caller may see what is for operators only."""
    return request[CALLER].scope.covers(Scope.OPERATOR)
