import asyncio
import json
import time
import uuid
from collections import Counter
from collections.abc import Mapping

import pytest

from ferryman.digital_river.signature import HEADER
from tests.hostile.sizes import FORGERIES
from tests.hostile.system import WEBHOOKS, System, signed

pytestmark = pytest.mark.timeout(600)

_CANARY = "canary-of-a-forger"
_HEARTBEATS = 2_000
"""Bytes that a connection to Temporal costs while nothing is asked."""


def _event(kind: str, word: str) -> bytes:
    event = {"id": uuid.uuid4().hex, "type": kind, "data": {"object": {"id": "1", "note": word}}}
    return json.dumps(event).encode()


def _forged(number: int) -> tuple[bytes, Mapping[str, str]]:
    body = _event("order.accepted", _CANARY)
    wrong = (
        {},
        {HEADER: signed(body + b" ")},
        {HEADER: signed(body, -400)},
        {HEADER: signed(body).replace(",", ";")},
        {HEADER: "x" * 2_000},
    )
    return body, wrong[number % len(wrong)]


async def _send(system: System, body: bytes, headers: Mapping[str, str]) -> tuple[int, float]:
    began = time.monotonic()
    told = {"Content-Type": "application/json", **headers}
    async with system.session.post(system.api + WEBHOOKS, data=body, headers=told) as answer:
        await answer.read()
        return answer.status, time.monotonic() - began


async def _flood(system: System, count: int) -> Counter[int]:
    """Send forgeries as fast as they are answered, forty at a time."""
    statuses: Counter[int] = Counter()
    numbers = iter(range(count))

    async def send_all() -> None:
        for number in numbers:
            status, _ = await _send(system, *_forged(number))
            statuses[status] += 1

    await asyncio.gather(*(send_all() for _ in range(40)))
    return statuses


async def test_forged_events(system: System):
    """Bad signatures cost no word to Temporal, leave none of theirs in the log, harm nobody."""
    before = system.to_temporal.sent

    statuses = await _flood(system, FORGERIES)
    spent = system.to_temporal.sent - before

    assert {401: FORGERIES} == statuses
    assert spent <= _HEARTBEATS
    assert _CANARY not in system.log


async def test_good_events_meanwhile(system: System):
    """While forgeries come at full speed, what is really signed is taken in time."""
    flood = asyncio.create_task(_flood(system, FORGERIES // 4))
    good: list[tuple[int, float]] = []
    while not flood.done():
        body = _event("sku.created", "sound")
        good.append(await _send(system, body, {HEADER: signed(body)}))
        await asyncio.sleep(0.02)
    await flood

    assert {202} == {status for status, _ in good}
    assert max(took for _, took in good) < 2


async def test_the_counter_counts(system: System):
    """A good event of an order does cost words to Temporal, or the test above says nothing."""
    before = system.to_temporal.sent
    body = _event("order.accepted", "sound")

    assert 202 == (await _send(system, body, {HEADER: signed(body)}))[0]
    assert system.to_temporal.sent - before > 100
