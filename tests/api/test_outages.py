import asyncio
import json
import os
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import unused_port
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from api import acts
from api.idempotency import fingerprint
from demo.child import Child
from demo.ports import Ports
from demo.stack import programs
from ferryman import search_attributes
from ferryman.digital_river import exact_json
from ferryman.records import Records
from tests.api.door import Door, Wanted, opened, request, settings
from tests.api.events import an_event
from tests.running.processes import running


@asynccontextmanager
async def _dev_server(folder: Path, port: int, *, prepared: bool = True) -> AsyncIterator[Child]:
    """A Temporal of this test's own, which it may freeze or kill."""
    ours = search_attributes.ALL if prepared else ()
    types = [f"{key.name}={key.indexed_value_type.name.title()}" for key in ours]
    temporal, *_ = programs(replace(Ports.free(), temporal=port), folder)
    words = (word for each in types for word in ("--search-attribute", each))
    knowing = replace(temporal, command=(*temporal.command, *words))
    async with running(folder, {knowing: os.environ}) as children:
        yield children["temporal"]


@asynccontextmanager
async def _door(port: int, records: Records, folder: Path) -> AsyncIterator[Door]:
    client = await Client.connect(
        f"127.0.0.1:{port}", data_converter=pydantic_data_converter, lazy=True
    )
    async with opened(settings(Wanted(), folder / "x.db"), client, records) as door:
        yield door


async def _ready(door: Door, status: int) -> None:
    async with asyncio.timeout(20):
        # Readiness is looked at once a second, so that asking at once again costs nothing.
        while (await door.get("/readyz")).status != status:
            pass


async def _timed_webhook(door: Door) -> tuple[int, float, str | None]:
    began = time.monotonic()
    reply = await door.webhook(an_event(upstreamId=uuid.uuid4().hex))
    return reply.status, time.monotonic() - began, reply.headers.get("Retry-After")


async def _storm(door: Door, count: int) -> tuple[set[Any], float]:
    answers = await asyncio.gather(*(_timed_webhook(door) for _ in range(count)))
    return {(status, wait) for status, _, wait in answers}, max(took for _, took, _ in answers)


async def test_temporal_dead(records: Records, tmp_path: Path, new_id: str):
    """While Temporal is dead every event is 503 in two seconds, and calls say when to repeat."""
    async with _door(unused_port(), records, tmp_path) as door:
        statuses, longest = await _storm(door, 200)
        posted = await door.open(request(upstreamId=new_id), key=new_id)
        ready, alive = await door.get("/readyz"), await door.get("/healthz")

    assert statuses == {(503, "5")}
    assert longest <= 2.0
    assert (posted.status, posted.problem) == (503, "unavailable")
    assert posted.headers["Retry-After"]
    assert (ready.status, ready.problem) == (503, "unavailable")
    assert "Temporal" in ready.json["detail"]
    assert alive.status == 200


async def test_temporal_frozen(records: Records, tmp_path: Path, new_id: str):
    """A Temporal that hangs is answered for like a dead one, and used again once it moves."""
    port = unused_port()
    async with _dev_server(tmp_path, port) as server, _door(port, records, tmp_path) as door:
        await _ready(door, 200)
        server.freeze()
        statuses, longest = await _storm(door, 200)
        await _ready(door, 503)
        posted = await door.open(request(upstreamId=new_id), key=new_id)
        server.thaw()
        await _ready(door, 200)
        again, _ = await _storm(door, 3)
        # No worker is there: the purchase is started and its checkout is not ready.
        repeated = await door.open(request(upstreamId=new_id), key=new_id)

    assert statuses == {(503, "5")}
    assert longest <= 2.0
    assert posted.status == 503
    assert again == {(202, None)}
    assert (repeated.status, repeated.json["checkout"]) == (202, None)


async def test_temporal_dies(
    records: Records, tmp_path: Path, new_id: str, monkeypatch: pytest.MonkeyPatch
):
    """Once Temporal has died, events and calls are 503 in their time, and reading goes on."""
    monkeypatch.setattr(acts, "_SECONDS", 1.0)
    port = unused_port()
    async with _door(port, records, tmp_path) as door:
        async with _dev_server(tmp_path, port) as server:
            await _ready(door, 200)
            posted = await door.open(request(upstreamId=new_id))
            await server.kill()
        statuses, longest = await _storm(door, 50)
        cancelled = await door.send("POST", f"/purchases/{new_id}/cancel", {"reason": "x"})
        read = await door.get(f"/purchases/{new_id}")

    assert posted.status == 202
    assert (statuses, longest <= 2.0) == ({(503, "5")}, True)
    assert (cancelled.status, cancelled.problem) == (503, "unavailable")
    assert (read.status, read.json["state"]) == (200, "checkout")


async def test_replay_without_temporal(records: Records, tmp_path: Path, new_id: str):
    """What a key was answered once is answered again, whether Temporal is there or not."""
    document = request(upstreamId=new_id)
    as_read = exact_json.decode(json.dumps(document).encode())
    await records.claim(new_id, fingerprint(as_read), new_id)
    await records.answer(new_id, b'{"the": "first"}')
    async with _door(unused_port(), records, tmp_path) as door:
        reply = await door.open(document, key=new_id)

    assert (reply.status, reply.body) == (201, b'{"the": "first"}')
    assert reply.headers["Idempotent-Replayed"] == "true"


async def test_namespace_without_our_attributes(records: Records, tmp_path: Path):
    """Before the first worker has prepared the namespace, opening a purchase is 503."""
    port = unused_port()
    async with _dev_server(tmp_path, port, prepared=False), _door(port, records, tmp_path) as door:
        await _ready(door, 200)
        reply = await door.open(request())

    assert (reply.status, reply.problem) == (503, "unavailable")
