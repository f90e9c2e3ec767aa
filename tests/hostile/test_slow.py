import asyncio
import sys
import time
import uuid

import pytest

from tests.hostile.sizes import PATIENCE, SLOW, SLOW_SECONDS
from tests.hostile.system import System

pytestmark = pytest.mark.timeout(600)

_MEMORY_KIB = 50 * 1024
_EVENT_SECONDS = 0.3


def _event() -> dict[str, object]:
    return {"id": uuid.uuid4().hex, "type": "sku.created", "data": {"object": {"id": "1"}}}


async def _drip(port: int, head: bytes, until: float) -> float:
    """Send a byte every half second for as long as anybody listens; how long that was."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.monotonic()
    closed = asyncio.create_task(reader.read())
    writer.write(head)
    while not closed.done() and time.monotonic() < until:
        writer.write(b"x")
        await asyncio.wait([closed], timeout=0.5)
    lasted = time.monotonic() - began
    closed.cancel()
    writer.close()
    await asyncio.gather(closed, writer.wait_closed(), return_exceptions=True)
    return lasted


async def _timed_events(system: System, until: float) -> list[float]:
    """Send events meanwhile, twenty a second."""
    took: list[float] = []
    while time.monotonic() < until:
        began = time.monotonic()
        assert await system.event(_event()) == 202
        took.append(time.monotonic() - began)
        await asyncio.sleep(max(0.0, 0.05 - took[-1]))
    return sorted(took)


async def test_slow_clients(system: System, capsys: pytest.CaptureFixture[str]):
    """Clients that send a byte now and then are sent away; events do not notice, nor memory."""
    headers = b"POST /webhooks/digital-river HTTP/1.1\r\nHost: a\r\nX-Slow: "
    body = (
        b"POST /webhooks/digital-river HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Content-Length: 200000\r\n\r\n"
    )
    before, until = system.resident_kib, time.monotonic() + SLOW_SECONDS
    dripping = asyncio.gather(
        *(_drip(system.ports.api, (headers, body)[number % 2], until) for number in range(SLOW))
    )

    took = await _timed_events(system, until)
    lasted = await dripping

    grown = system.resident_kib - before
    with capsys.disabled():
        found = f"events p99 {took[int(len(took) * 0.99)]:.3f} s, closed by {max(lasted):.1f} s"
        sys.stdout.write(f"\n{SLOW} slow clients: {found}, {grown / 1024:.1f} MiB more\n")

    assert max(lasted) < 10
    assert took[int(len(took) * 0.99)] <= _EVENT_SECONDS * PATIENCE
    assert grown <= _MEMORY_KIB
