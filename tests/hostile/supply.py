"""Makes up hostile requests: well-formed HTTP whose every part may be wrong."""

import json
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

from api.app import DECLARED
from api.routes import Open, Route
from ferryman.digital_river.signature import HEADER
from tests.hostile.system import KEYS, signed
from tests.hostile.wire import request
from tests.hostile.words import (
    EVENTS,
    MEDIA,
    METHODS,
    NUMBERS,
    RAW,
    SIGNATURES,
    TARGETS,
    TEMPLATES,
    TEXTS,
)

_PLACE = re.compile(r"\{(\w+)\}")
_RAW = "\x00raw\x00"
"""Stands in a document for text that is written as it is, JSON or not."""

ROUTES = [route for route in DECLARED if not route.endless]
"""A stream goes on for as long as one listens: it has tests of its own."""


class Requests:
    """An endless supply, the same for the same seed but for times and signatures."""

    def __init__(self, seed: int, purchases: Sequence[str]) -> None:
        self._random = Random(seed)  # noqa: S311 - repeatable, guards nothing
        self._purchases = purchases

    def one(self) -> tuple[str, bytes]:
        """Give what it is called, and its bytes."""
        route = self._pick(ROUTES)
        if route.access is Open.SIGNED or self._often(0.2):
            return self._webhook()
        method, target = route.method, self._target(route)
        body = self._body(route)
        headers = self._headers(route, body)
        if self._often(0.05):
            method = self._pick(METHODS)
        return f"{method} {route.path}", request(method, target, headers, body)

    def _pick(self, choices: Sequence[Any]) -> Any:
        return self._random.choice(choices)

    def _often(self, chance: float) -> bool:
        return self._random.random() < chance

    def _target(self, route: Route) -> str:
        def place(found: re.Match[str]) -> str:
            if found[1] == "id" and self._often(0.8):
                return str(self._pick(self._purchases))
            return str(self._pick((*TARGETS, "1", "refund-1")))

        path = _PLACE.sub(place, route.path)
        if self._often(0.15):
            names = ("state", "needsAttention", "limit", "startingAfter", "x", "")
            words = [str(self._pick((*TARGETS, "checkout", "true", "100"))) for _ in range(3)]
            path += "?" + "&".join(f"{self._pick(names)}={word}" for word in words)
        return path.replace(" ", "%20")

    def _headers(self, route: Route, body: bytes | None) -> dict[str, str | bytes]:
        headers: dict[str, str | bytes] = {"Authorization": f"Bearer {KEYS['operator']}"}
        if route.keyed:
            headers["Idempotency-Key"] = uuid.UUID(int=self._random.getrandbits(128)).hex
        if body is not None:
            headers["Content-Type"] = "application/json"
        tricks: Sequence[Callable[[], Mapping[str, str | bytes]]] = (
            lambda: {
                "Authorization": self._pick(("", "Bearer", "Basic eDp5", "Bearer é", "x" * 99))
            },
            lambda: {"Authorization": b"Bearer \xff\xfe"},
            lambda: {"Idempotency-Key": self._pick(("", " ", "x" * 256, "é", "4111111111111111"))},
            lambda: {"Content-Type": self._pick(MEDIA)},
            lambda: {"Content-Encoding": self._pick(("gzip", "br", "identity", "x", ""))},
            lambda: {"X-Request-Id": self._pick(("", "a b", "x" * 200, "é", "<b>", "ok-1"))},
            lambda: {"Last-Event-ID": self._pick(("-1", "x", "9" * 30, ""))},
            lambda: {"Accept": self._pick(("text/html", "image/png", "*/*;q=0", ""))},
            lambda: {
                "traceparent": self._pick(
                    ("", "00-x-y-z", "00-" + "0" * 32 + "-" + "0" * 16 + "-01")
                )
            },
            lambda: {"X-Forwarded-For": "192.0.2.1", "X-HTTP-Method-Override": "DELETE"},
        )
        if self._often(0.25):
            headers |= self._pick(tricks)()
        return headers

    def _body(self, route: Route) -> bytes | None:
        if route.takes is None:
            return self._spoilt("{}") if self._often(0.1) else None
        document = TEMPLATES.get(route.takes.__name__, {})
        text = _written(self._changed(document))
        return self._spoilt(text) if self._often(0.3) else text.encode("utf-8", "surrogatepass")

    def _changed(self, document: Any) -> Any:
        """Put something hostile in one place or several."""
        changed = json.loads(json.dumps(document))
        for _ in range(self._random.randint(1, 3)):
            changed = self._replaced(changed)
        return changed

    def _replaced(self, node: Any) -> Any:
        if isinstance(node, dict) and node and self._often(0.8):
            name = self._pick(list(node))
            if self._often(0.15):
                return {**node, self._name(): self._value()}
            if self._often(0.1):
                return {key: value for key, value in node.items() if key != name}
            return {**node, name: self._replaced(node[name])}
        if isinstance(node, list) and node and self._often(0.8):
            index = self._random.randrange(len(node))
            return [*node[:index], self._replaced(node[index]), *node[index + 1 :]]
        return self._value()

    def _name(self) -> str:
        return str(self._pick((*TEXTS, "id", "state", "isAdmin", "capturedAmount", "order")))

    def _value(self) -> Any:
        kind = self._random.random()
        if kind < 0.4:
            return self._pick(TEXTS)
        if kind < 0.7:
            return _RAW + str(self._pick(NUMBERS))
        if kind < 0.85:
            return _RAW + str(self._pick(RAW))
        return self._pick((None, True, False, [], {}, [None], {"": None}, [[[]]]))

    def _spoilt(self, text: str) -> bytes:
        body = bytearray(text.encode("utf-8", "surrogatepass") or b" ")
        match self._random.randrange(6):
            case 0:
                del body[self._random.randrange(len(body)) :]
            case 1:
                for _ in range(3):
                    body[self._random.randrange(len(body))] = self._random.randrange(256)
            case 2:
                return bytes(body) * 2
            case 3:
                return b"\xef\xbb\xbf" + bytes(body)
            case 4:
                return text.encode("utf-16", "surrogatepass")
            case _:
                body[:0] = self._random.randbytes(4)
        return bytes(body)

    def _webhook(self) -> tuple[str, bytes]:
        event = {
            "id": uuid.UUID(int=self._random.getrandbits(128)).hex,
            # Those that are known and sound begin a workflow each: few of them will do.
            "type": self._pick(EVENTS) if self._often(0.3) else "sku.updated",
            "data": {"object": {"id": "123", "upstreamId": self._pick(self._purchases)}},
            "liveMode": False,
            "createdTime": "2026-11-01T12:00:00Z",
        }
        text = _written(self._changed(event))
        body = self._spoilt(text) if self._often(0.2) else text.encode("utf-8", "surrogatepass")
        headers: dict[str, str | bytes] = {"Content-Type": "application/json", HEADER: signed(body)}
        match self._random.randrange(8):
            case 0:
                headers[HEADER] = str(self._pick(SIGNATURES)).encode()
            case 1:
                headers[HEADER] = signed(body, self._pick((-301, 301, -(10**9), 10**9)))
            case 2:
                headers[HEADER] = signed(body + b" ")
            case 3:
                headers["Content-Type"] = self._pick(MEDIA)
            case 4:
                del headers[HEADER]
            case _:
                pass
        return "webhook", request("POST", "/webhooks/digital-river", headers, body)


def _written(document: Any) -> str:
    """Write a document, and what is hostile in it as it is."""
    text = json.dumps(document)
    marked = json.dumps(_RAW)[1:-1]
    pattern = re.compile(f'"{re.escape(marked)}((?:[^"\\\\]|\\\\.)*)"')
    return pattern.sub(lambda found: str(json.loads(f'"{found[1]}"')), text)
