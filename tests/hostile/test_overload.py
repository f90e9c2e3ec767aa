import asyncio
import sys
import time
from collections import Counter

import pytest

from tests.hostile.sizes import OVERLOAD_SECONDS, PATIENCE
from tests.hostile.system import KEYS, System, alone

pytestmark = pytest.mark.timeout(600)

_ALLOWED = 40
_ASKED = 10 * _ALLOWED
"""Requests a second: ten times what a key may ask."""


async def _ask(system: System, key: str) -> tuple[int, float, str | None]:
    began = time.monotonic()
    headers = {"Authorization": f"Bearer {KEYS[key]}"}
    async with system.session.get(system.api + "/purchases?limit=1", headers=headers) as answer:
        await answer.read()
        return answer.status, time.monotonic() - began, answer.headers.get("Retry-After")


async def _pace(system: System, key: str, each_second: int, seconds: float):
    """Ask so many times a second, whether the ones before were answered or not."""
    asked = []
    began = time.monotonic()
    for number in range(round(each_second * seconds)):
        await asyncio.sleep(max(0.0, began + number / each_second - time.monotonic()))
        asked.append(asyncio.create_task(_ask(system, key)))
    return await asyncio.gather(*asked)


def _slowest(answers, status: int) -> float:
    took = sorted(took for each, took, _ in answers if each == status)
    return took[int(len(took) * 0.99)]


async def test_ten_times_too_much(tmp_path_factory, capsys):
    """Of ten times too much some is let in and quick, the rest refused; another key is served."""
    folder = tmp_path_factory.mktemp("overload")
    async with alone(folder, FERRYMAN_API_RATE_LIMIT=str(_ALLOWED)) as system:
        before = system.resident_kib
        noisy, quiet = await asyncio.gather(
            _pace(system, "read", _ASKED, OVERLOAD_SECONDS),
            _pace(system, "write", 10, OVERLOAD_SECONDS),
        )
        grown = system.resident_kib - before

    with capsys.disabled():
        slowest = f"{_slowest(noisy, 200):.3f} s, a refusal {_slowest(noisy, 429):.3f} s"
        sys.stdout.write(f"\nunder {_ASKED}/s the slowest answer but 1% took {slowest}\n")

    counted = Counter(status for status, _, _ in noisy)
    assert {200, 429} == set(counted)
    assert counted[200] <= _ALLOWED * (OVERLOAD_SECONDS + 2) * 1.1
    assert counted[200] >= _ALLOWED * OVERLOAD_SECONDS
    assert _slowest(noisy, 200) <= 1.0 * PATIENCE
    assert _slowest(noisy, 429) <= 1.0 * PATIENCE
    assert {"1"} == {wait for status, _, wait in noisy if status == 429}
    assert {200} == {status for status, _, _ in quiet}
    assert _slowest(quiet, 200) <= 1.0 * PATIENCE
    assert grown <= 20 * 1024
