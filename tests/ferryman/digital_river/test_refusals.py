"""Whatever Digital River or the network does, the error says what to do next."""

import asyncio
import socket
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from ferryman.digital_river import exact_json
from ferryman.digital_river.errors import (
    Ambiguous,
    Conflict,
    DigitalRiverError,
    InvalidRequest,
    NotFound,
    TooManyRequests,
    Unauthorized,
    Unavailable,
)
from ferryman.digital_river.refusals import retry_after

EXAMPLES = sorted((Path(__file__).parent / "examples" / "errors").glob("*.json"))
BY_STATUS = {400: InvalidRequest, 401: Unauthorized, 404: NotFound, 409: Conflict}


async def refused(call):
    """Give the error that a call ends in."""
    with pytest.raises(DigitalRiverError) as error:
        await call
    return error.value


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
async def test_published(client, provider, path):
    """Each published refusal is told by its status and carries its first error."""
    status = int(path.name[:3])
    first = exact_json.decode(path.read_bytes())["errors"][0]
    provider.will(status, path.read_bytes(), headers={"x-dr-requestid": "r1"})

    error = await refused(client.create_order("c1"))

    assert BY_STATUS[status] is type(error)
    assert (status, first.get("code"), first.get("parameter"), "r1") == (
        error.status,
        error.code,
        error.parameter,
        error.request_id,
    )
    assert error.message == first.get("message", first.get("description"))


def test_all_are_tested():
    """None of the published refusals is missing."""
    assert len(EXAMPLES) == 79


@pytest.mark.parametrize(
    ("status", "reading", "changing"),
    [
        (301, Unavailable, Ambiguous),
        (307, Unavailable, Ambiguous),
        (400, InvalidRequest, InvalidRequest),
        (401, Unauthorized, Unauthorized),
        (402, InvalidRequest, InvalidRequest),
        (403, Unauthorized, Unauthorized),
        (404, NotFound, NotFound),
        (405, InvalidRequest, InvalidRequest),
        (406, InvalidRequest, InvalidRequest),
        (408, Unavailable, Ambiguous),
        (409, Conflict, Conflict),
        (415, InvalidRequest, InvalidRequest),
        (422, InvalidRequest, InvalidRequest),
        (429, TooManyRequests, TooManyRequests),
        (500, Unavailable, Ambiguous),
        (502, Unavailable, Ambiguous),
        (503, Unavailable, Ambiguous),
        (504, Unavailable, Ambiguous),
        (599, Unavailable, Ambiguous),
    ],
)
async def test_statuses(client, provider, status, reading, changing):
    """A failure of theirs leaves a change in doubt, a refusal does not; redirects are failures."""
    provider.will(status, headers={"Location": f"{provider.url}/elsewhere"})

    assert reading is type(await refused(client.get_order("o1")))
    assert changing is type(await refused(client.create_order("c1")))
    assert [request.path for request in provider.requests] == ["/orders/o1", "/orders"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Conflict</html>",
        b"[]",
        b'"conflict"',
        b'{"type": "bad_request"}',
        b'{"type": 5, "errors": {"code": "x"}}',
        b'{"errors": ["x", null, 5]}',
        b'{"errors": [{"code": 5, "parameter": [], "message": {}}]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
async def test_bodies(client, provider, body):
    """The status decides whatever the body is."""
    provider.will(409, body)

    error = await refused(client.create_order("c1"))

    assert (Conflict, None, None, None) == (type(error), error.code, error.parameter, error.message)
    assert "409" in str(error)


def test_sentence():
    """An error's own words name what operators look for."""
    error = Conflict(409, "conflict", cause="silence")

    assert str(error) == "409 silence"


class TestRetryAfter:
    NOW = datetime(2026, 1, 1, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("0", 0),
            ("120", 120),
            ("Thu, 01 Jan 2026 00:02:00 GMT", 120),
            ("Wed, 31 Dec 2025 00:00:00 GMT", 0),
            ("99999999999999999999", 3600),
        ],
    )
    def test_read(self, value, seconds):
        """Seconds and dates are read, up to an hour."""
        assert timedelta(seconds=seconds) == retry_after(value, self.NOW)

    @pytest.mark.parametrize("value", ["", "soon", "-1", "1.5", "\u0661", "Thu, 99 Jan 2026"])
    def test_unreadable(self, value):
        """Anything else says nothing."""
        assert retry_after(value, self.NOW) is None


@pytest.mark.parametrize(
    "body",
    [b"<html>Maintenance</html>", b'{"id": "o1"', b"\xff", b"[" * 100_000, b'{"id": NaN}'],
)
async def test_unreadable_success(client, provider, body):
    """A success that cannot be read leaves a change in doubt."""
    provider.will(200, body)

    assert Unavailable is type(await refused(client.get_order("o1")))
    assert Ambiguous is type(await refused(client.create_order("c1")))


async def test_too_large(client, provider):
    """An endless answer is cut off after 2 MiB."""
    sent = 0

    async def endless(request):
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for _ in range(50):
                await response.write(b" " * 1024 * 1024)
                sent += 1
        except ConnectionError:
            pass
        return response

    provider.answer = endless

    assert Unavailable is type(await refused(client.get_order("o1")))
    assert Ambiguous is type(await refused(client.create_order("c1")))
    assert sent < 50


async def test_truncated(client, provider):
    """An answer that breaks off leaves a change in doubt."""

    async def half(request):
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"id": "o1"')
        request.transport.abort()
        return response

    provider.answer = half

    assert Ambiguous is type(await refused(client.create_order("c1")))


async def test_reset(client, provider):
    """A connection lost after the request was read leaves a change in doubt."""

    async def reset(request):
        request.transport.abort()
        return web.Response()

    provider.answer = reset

    assert Ambiguous is type(await refused(client.create_order("c1")))
    assert Ambiguous is type(await refused(client.delete_checkout("c1")))


@asynccontextmanager
async def hanging():
    """Listen without ever answering."""
    open_writers = []
    server = await asyncio.start_server(
        lambda _, writer: open_writers.append(writer), "127.0.0.1", 0
    )
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for writer in open_writers:
            writer.transport.abort()


async def test_timeout(connect):
    """No answer in time leaves a change in doubt, and a question unanswered."""
    async with hanging() as url:
        client = connect(url, timeout_seconds=0.1)

        assert Ambiguous is type(await refused(client.create_order("c1")))
        assert Unavailable is type(await refused(client.get_order("o1")))


async def test_refused_connection(connect):
    """Where nobody listens nothing can have happened."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        client = connect(f"http://127.0.0.1:{reserved.getsockname()[1]}")

        assert Unavailable is type(await refused(client.create_order("c1")))
