import asyncio
import json
import time
import zlib

import pytest

from api import bodies
from ferryman.setting_types import Scope
from tests.api.door import KEYS, Door, request
from tests.api.raw import connected, exchange, status_of

GOOD = json.dumps(request()).encode()
HOSTILE = {
    "nothing": b"",
    "half": GOOD[:-5],
    "two": GOOD + GOOD,
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "not UTF-8": GOOD.replace(b"EUR", b"E\xffR"),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "NaN": GOOD.replace(b"9.99", b"NaN"),
    "infinity": GOOD.replace(b"9.99", b"-Infinity"),
    "1e999 and half": GOOD.replace(b"9.99", b"1e999")[:-5],
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 30_000 + b"1" + b"}" * 30_000,
    "key twice": GOOD.replace(b"{", b'{"currency": "USD", ', 1),
    "control character": GOOD.replace(b"EUR", b"E\x00R"),
    "single quotes": GOOD.replace(b'"', b"'"),
}
WRONG = {
    "a number": b"1",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"EUR"',
    "minus zero pieces": GOOD.replace(b'"quantity": 2', b'"quantity": -0'),
    "a negative price": GOOD.replace(b"9.99", b"-9.99"),
    "a tiny price": GOOD.replace(b"9.99", b"1e-25"),
    "a look-alike currency": GOOD.replace(b"EUR", "\u0415UR".encode()),
    "a price of true": GOOD.replace(b"9.99", b"true"),
    "a fullwidth price": GOOD.replace(b"9.99", '"\uff19.99"'.encode()),
}


UNREADABLE = {
    "1e999": (GOOD.replace(b"9.99", b"1e999"), "/items/0/price"),
    "-1e-999": (GOOD.replace(b"9.99", b"-1e-999"), "/items/0/price"),
    "5,000 digits": (GOOD.replace(b"9.99", b"9" * 5000), "/items/0/price"),
    "5,000 digits behind the point": (
        GOOD.replace(b"9.99", b"0." + b"9" * 5000),
        "/items/0/price",
    ),
    "half a surrogate pair": (GOOD.replace(b"EUR", b"\\ud800"), "/currency"),
    "half a surrogate pair in a key": (GOOD.replace(b"quantity", b"\\udc00"), "/items/0"),
    "a key that is escaped": (
        GOOD.replace(b'"skuId"', b'"a/b~": 1e999, "skuId"'),
        "/items/0/a~1b~0",
    ),
    "nothing but a number": (b"1e999", ""),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_not_json(door: Door, name: str):
    """What is not well-formed JSON is 400, whatever makes it so."""
    reply = await door.send(
        "POST", "/purchases", data=HOSTILE[name], headers={"Idempotency-Key": name}
    )

    assert (reply.status, reply.problem) == (400, "invalid-request")


@pytest.mark.parametrize("name", WRONG)
async def test_wrong_json(door: Door, name: str):
    """Well-formed JSON that is no purchase is 422."""
    reply = await door.send(
        "POST", "/purchases", data=WRONG[name], headers={"Idempotency-Key": name}
    )

    assert (reply.status, reply.problem) == (422, "invalid-request")


@pytest.mark.parametrize("name", UNREADABLE)
async def test_unreadable_json(door: Door, name: str):
    """Well-formed JSON with a value that nothing can hold is 422, and says where it stands."""
    data, pointer = UNREADABLE[name]

    reply = await door.send("POST", "/purchases", data=data, headers={"Idempotency-Key": "unread"})

    assert (reply.status, reply.problem) == (422, "invalid-request")
    assert reply.pointers == [pointer]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/xml"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/json", "Content-Encoding": "br"},
        {"Content-Type": "application/json", "Content-Encoding": "deflate, identity"},
    ],
)
async def test_other_media(door: Door, headers: dict[str, str]):
    """A body that is no plain JSON is 415, unread."""
    data = zlib.compress(GOOD)

    reply = await door.send(
        "POST", "/purchases", data=data, headers={"Idempotency-Key": "media", **headers}
    )

    assert (reply.status, reply.problem) == (415, "unsupported-media-type")


async def test_too_large(door: Door):
    """A body over 256 KiB is refused by its announced length."""
    reply = await door.send(
        "POST", "/purchases", data=b" " * (256 * 1024 + 1), headers={"Idempotency-Key": "large"}
    )

    assert (reply.status, reply.problem) == (413, "too-large")


def _filled(head: str, unit: str, tail: str, most: int = 10**6) -> bytes:
    """As many of these as 256 KiB hold."""
    count = (bodies.LARGEST - len(head) - len(tail)) // (len(unit) + 1)
    return (head + ",".join([unit] * min(count, most)) + tail).encode()


HEAVY = {
    "objects": (_filled('{"items":[', "{}", "]}"), ""),
    "pairs": (_filled('{"items":[', '{"":1}', "]}"), ""),
    "texts": (_filled('{"metadata":{"a":[', '""', "]}}"), ""),
    "integers": (_filled('{"metadata":{"a":[', "1", "]}}"), ""),
    "as many as may be": (_filled('{"items":[', "{}", "]}", 17_000), "/items"),
    "one more line": (_filled('{"items":[', "{}", "]}", 201), "/items"),
    "digits": (b'{"metadata":{"a":"' + b"4111 " * 50_000 + b'"}}', "/metadata/a"),
    "a long name": (b'{"metadata":{"' + b"4111 " * 50_000 + b'":1}}', "/metadata"),
    "nothing but a text": (b'"' + b"1 " * 100_000 + b'"', ""),
}


@pytest.mark.parametrize("name", HEAVY)
async def test_heavy(door: Door, name: str, monkeypatch: pytest.MonkeyPatch):
    """What takes long to look through is refused before anybody looks through it."""
    data, pointer = HEAVY[name]
    looked: list[object] = []
    monkeypatch.setattr(bodies, "card_places", lambda each: looked.append(each) or ())

    reply = await door.send("POST", "/purchases", data=data, headers={"Idempotency-Key": "heavy"})

    assert (reply.status, reply.pointers) == (422, [pointer])
    assert looked == []


NESTED = {
    "objects": "[" + ",".join(["{}"] * 86) + "]",
    "cards": "[" + ",".join(['"4111 1111 1111 1112"'] * 50) + "]",
    "names": "{" + ",".join(f'"k{each}":1' for each in range(86)) + "}",
}


@pytest.mark.parametrize("name", NESTED)
async def test_health_meanwhile(door: Door, name: str):
    """While the heaviest bodies that are let in are looked through, others are answered."""
    data = _filled('{"items":[', NESTED[name], "]}", 200)

    async def probe() -> float:
        began = time.monotonic()
        assert (await door.get("/healthz", scope=None)).status == 200
        return time.monotonic() - began

    sent = [
        door.send("POST", "/purchases", data=data, headers={"Idempotency-Key": f"{name}{each}"})
        for each in range(3)
    ]
    replies, took = await asyncio.gather(asyncio.gather(*sent), probe())

    assert [(each.status, len(each.pointers)) for each in replies] == [(422, 100)] * 3
    assert took < 2


async def test_largest(door: Door):
    """A body of exactly 256 KiB is read."""
    data = GOOD + b" " * (256 * 1024 - len(GOOD))

    reply = await door.send("POST", "/purchases", data=data, headers={"Idempotency-Key": "largest"})

    assert reply.status == 201


def _head(*lines: str) -> bytes:
    fixed = (
        "POST /purchases HTTP/1.1",
        "Host: a",
        f"Authorization: Bearer {KEYS[Scope.WRITE]}",
        "Idempotency-Key: raw",
        "Content-Type: application/json",
    )
    return "\r\n".join([*fixed, *lines, "", ""]).encode()


async def test_too_large_in_chunks(door: Door):
    """A body without a length is counted while it comes in."""
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"

    answer = await exchange(door, _head("Transfer-Encoding: chunked") + chunk * 5)

    assert status_of(answer) == 413


async def test_torn_chunks(door: Door):
    """A body that does not come as announced is 400."""
    answer = await exchange(door, _head("Transfer-Encoding: chunked") + b"zz\r\nxx\r\n")

    assert status_of(answer) == 400


async def test_half_sent(door: Door, monkeypatch: pytest.MonkeyPatch):
    """A body that does not come in time is 408, and the connection ends."""
    monkeypatch.setattr(bodies, "SECONDS", 0.3)
    began = time.monotonic()

    answer = await exchange(door, _head("Content-Length: 100") + b'{"currency"')

    assert status_of(answer) == 408
    assert b"/problem" in answer.partition(b"\r\n\r\n")[0] or b"problem+json" in answer
    assert time.monotonic() - began < 5


async def test_silent_client(door: Door):
    """A client that does not finish its headers is cut off after five seconds."""
    began = time.monotonic()
    async with connected(door) as (reader, writer):
        writer.write(b"POST /purchases HTTP/1.1\r\nHost: a\r\nX-Slow: ")
        answer = await reader.read()

    assert answer == b""
    assert 4.5 < time.monotonic() - began < 7


async def test_client_that_leaves(door: Door):
    """Clients that go away in the middle of their body leave nothing behind."""
    for _ in range(5):
        async with connected(door) as (_reader, writer):
            writer.write(_head("Content-Length: 100") + b"{")
            await writer.drain()
    async with asyncio.timeout(5):
        await door.api.boundary.drained()

    counted = (await door.get("/metrics", scope=None)).body.decode()
    assert 'method="POST",route="/purchases",status="400"' in counted
    assert 'method="POST",route="/purchases",status="500"' not in counted


async def test_expectation(door: Door):
    """A client that asks first is invited, and one that expects the impossible is served too."""
    head = _head(f"Content-Length: {len(GOOD)}", "Expect: 100-continue", "Connection: close")

    invited = await exchange(door, head + GOOD)
    strange = await exchange(door, head.replace(b"100-continue", b"a-miracle") + GOOD)

    assert invited.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created")
    assert status_of(strange) == 201
