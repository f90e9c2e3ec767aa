import json

import pytest

from api.errors import Kind
from api.middleware import SECURITY_HEADERS
from ferryman.setting_types import Scope
from tests.api.door import Door, request
from tests.api.raw import exchange, status_of

MEMBERS = {"type", "title", "status", "detail", "instance", "requestId"}


@pytest.mark.parametrize(
    ("method", "path", "status", "problem"),
    [
        ("GET", "/nowhere", 404, "not-found"),
        ("GET", "/purchases/", 404, "not-found"),
        ("GET", "/purchases/x/refunds", 404, "not-found"),
        ("GET", "/%2e%2e/etc/passwd", 404, "not-found"),
        ("DELETE", "/purchases/x", 405, "method-not-allowed"),
        ("OPTIONS", "/purchases", 405, "method-not-allowed"),
        ("GET", "/webhooks/digital-river", 405, "method-not-allowed"),
        ("TRACE", "/purchases", 405, "method-not-allowed"),
        ("POST", "/purchases", 400, "invalid-request"),
        ("GET", "/purchases/unknown", 404, "not-found"),
    ],
)
async def test_problems(door: Door, method: str, path: str, status: int, problem: str):
    """Whoever refuses, we or the library, it is a problem document of one form."""
    reply = await door.send(method, path)

    assert (reply.status, reply.problem) == (status, problem)
    assert set(reply.json) == MEMBERS
    assert reply.json["status"] == status
    assert reply.json["requestId"] == reply.headers["X-Request-Id"]


async def test_allowed_methods(door: Door):
    """A method that is not possible is answered with those that are."""
    reply = await door.send("PUT", "/purchases")

    assert set(reply.headers["Allow"].split(",")) == {"GET", "HEAD", "POST"}


@pytest.mark.parametrize("path", ["/purchases", "/healthz", "/nowhere", "/purchases/unknown"])
async def test_headers(door: Door, path: str):
    """Every answer has the headers that keep browsers and caches off, and none names the server."""
    reply = await door.get(path)

    assert {name: reply.headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert "Server" not in reply.headers


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-123", True), ("a b", False), ("x" * 129, False), ("", False)]
)
async def test_request_id(door: Door, given: str, kept: bool):  # noqa: FBT001 - a table's column
    """A well-formed request id is taken, another is replaced."""
    reply = await door.send("GET", "/healthz", headers={"X-Request-Id": given})

    assert (reply.headers["X-Request-Id"] == given) is kept
    assert reply.headers["X-Request-Id"]


async def test_head(door: Door):
    """HEAD answers as GET does, without a body."""
    got, headed = await door.get("/healthz"), await door.send("HEAD", "/healthz")

    assert (headed.status, headed.body) == (200, b"")
    assert headed.headers["Content-Length"] == str(len(got.body))


async def test_unforeseen(door: Door, monkeypatch: pytest.MonkeyPatch):
    """What nobody foresaw is a 500 that tells nothing of our insides."""

    def broken(*_: object, **__: object) -> None:
        raise KeyError("/secret/path")

    monkeypatch.setattr(type(door.api.health), "away", broken)

    reply = await door.get("/readyz")

    assert (reply.status, reply.problem) == (500, "internal")
    assert b"secret" not in reply.body
    assert b"KeyError" not in reply.body


@pytest.mark.parametrize(
    "sent",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
        b"BREW /purchases HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET /" + b"y" * 100_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nBad Header: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
    ],
)
async def test_broken_http(door: Door, sent: bytes):
    """What is not HTTP is refused in our own shape, and the connection ends."""
    answer = await exchange(door, sent)

    head, _, body = answer.partition(b"\r\n\r\n")
    assert status_of(answer) == 400
    assert b"application/problem+json" in head
    assert b"aiohttp" not in answer
    assert json.loads(body)["type"].endswith(f":{Kind.INVALID_REQUEST}")


async def test_still_serving(door: Door):
    """After all that the API answers as before."""
    assert (await door.send("GET", "/purchases?limit=1", scope=Scope.READ)).status == 200
    assert (await door.open(request())).status == 201
