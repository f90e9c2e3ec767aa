import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr
from structlog.contextvars import bound_contextvars

from ferryman.digital_river.client import DigitalRiver
from ferryman.digital_river.errors import Conflict, DigitalRiverError, Unauthorized
from ferryman.telemetry.provider_calls import ProviderCalls

COUNT = "ferryman_provider_calls_total"
Act = Callable[[DigitalRiver], Awaitable[object]]


@asynccontextmanager
async def _served(
    status: int, document: str = "{}", context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[DigitalRiver, list[web.BaseRequest]]]:
    seen: list[web.BaseRequest] = []

    async def answer(request: web.BaseRequest) -> web.Response:
        seen.append(request)
        return web.Response(status=status, text=document, content_type="application/json")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    server = TestServer(app, host="127.0.0.1", scheme="https" if context else "http")
    await server.start_server(ssl=context)
    try:
        async with aiohttp.ClientSession() as http:
            yield _client(http, str(server.make_url(""))), seen
    finally:
        await server.close()


def _client(http: aiohttp.ClientSession, url: str) -> DigitalRiver:
    return DigitalRiver(
        http,
        base_url=url.rstrip("/"),
        api_key=SecretStr("sk"),
        timeout_seconds=5,
        witness=ProviderCalls(),
    )


@pytest.mark.parametrize(
    ("status", "act", "error", "endpoint", "result"),
    [
        (204, lambda c: c.delete_checkout("secret"), None, "DELETE /checkouts/{id}", "ok"),
        (409, lambda c: c.create_order("secret"), Conflict, "POST /orders", "conflict"),
        (
            401,
            lambda c: c.get_order("secret"),
            Unauthorized,
            "GET /orders/{id}",
            "unauthorized",
        ),
        (
            500,
            lambda c: c.attach_checkout_source("secret", "secret"),
            DigitalRiverError,
            "POST /checkouts/{id}/sources/{id}",
            "ambiguous",
        ),
        (
            200,
            lambda c: c.create_checkout_session({"secret": 1}),
            DigitalRiverError,
            "POST /drop-in/checkout-sessions",
            "ok",
        ),
    ],
)
async def test_calls_are_counted(
    risen: Callable[..., float],
    status: int,
    act: Act,
    error: type[DigitalRiverError] | None,
    endpoint: str,
    result: str,
):
    """A call is counted by its endpoint without ids, its status and what became of it."""
    labels = {"endpoint": endpoint, "status": str(status), "result": result}
    risen(COUNT, **labels)
    risen("ferryman_provider_call_seconds_count", endpoint=endpoint)
    async with _served(status, "" if status == 204 else "{}") as (client, _):
        if error is None:
            await act(client)
        else:
            with pytest.raises(error):
                await act(client)

    assert 1 == risen(COUNT, **labels)
    assert 1 == risen("ferryman_provider_call_seconds_count", endpoint=endpoint)


async def test_no_connection(risen):
    """A call that nobody has answered has no status."""
    labels = {"endpoint": "GET /orders/{id}", "status": "none", "result": "unavailable"}
    risen(COUNT, **labels)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(DigitalRiverError):
            await _client(http, "http://127.0.0.1:1").get_order("1")

    assert 1 == risen(COUNT, **labels)


async def test_untrusted_certificate(risen, tmp_path):
    """A certificate that proves nothing is told apart from an outage."""
    labels = {"endpoint": "GET /orders/{id}", "status": "none", "result": "untrusted"}
    risen(COUNT, **labels)
    async with _served(200, context=_context(tmp_path)) as (client, seen):
        with pytest.raises(DigitalRiverError):
            await client.get_order("1")

    assert 1 == risen(COUNT, **labels)
    assert [] == seen


async def test_the_request_is_named():
    """Digital River gets the id of the request that it works for, and none where there is none."""
    async with _served(409) as (client, seen):
        for context in ({"request_id": "r-1"}, {}):
            with bound_contextvars(**context), pytest.raises(Conflict):
                await client.create_order("c")

    assert ["r-1", None] == [request.headers.get("X-Request-Id") for request in seen]


def _context(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = folder / "server.pem"
    file.write_bytes(key.private_bytes(pem, *plain) + certificate.public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context
