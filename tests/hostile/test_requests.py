import asyncio
import sys
from collections.abc import Sequence

import pytest

from api.app import DECLARED
from tests.hostile.judge import Judge
from tests.hostile.sizes import REQUESTS
from tests.hostile.supply import Requests
from tests.hostile.system import System
from tests.hostile.wire import Hang, Line
from tests.hostile.words import TEMPLATES

pytestmark = pytest.mark.timeout(600)

_LINES = 12


@pytest.fixture(scope="session")
async def purchases(system: System) -> Sequence[str]:
    """Purchases in different states, and an id that nobody has."""
    await asyncio.gather(*(system.open(f"basket-{number}") for number in range(2)))
    await system.order("ordered-1")
    return ("basket-0", "basket-1", "ordered-1", "nobodys")


async def _throw(system: System, judge: Judge, requests: Requests, count: int) -> None:
    line = Line(system.ports.api)
    for _ in range(count):
        label, sent = requests.one()
        try:
            judge.see(label, await line.send(sent))
        except Hang:
            judge.hung(label)
    await line.close()


async def test_generated(
    system: System, judge: Judge, purchases: Sequence[str], capsys: pytest.CaptureFixture[str]
):
    """Whatever is made up, it is answered in time, never as a failure of ours, always in words."""
    await asyncio.gather(
        *(
            _throw(system, judge, Requests(seed, purchases), REQUESTS // _LINES + 1)
            for seed in range(_LINES)
        )
    )
    with capsys.disabled():
        sys.stdout.write(f"\n{judge.figure}\n")

    assert [] == judge.wrong[:20]
    assert judge.inputs >= REQUESTS
    assert '"unforeseen"' not in system.log


async def test_not_vacuous(judge: Judge, purchases: Sequence[str], system: System):
    """What is made up reaches past the door: of each kind of answer there are some."""
    await _throw(system, judge, Requests(4711, purchases), 400)

    assert {200, 202, 400, 401, 404, 405, 409, 415, 422} <= set(judge.statuses)
    assert max(judge.statuses.values()) < 0.7 * judge.inputs


def test_every_body_has_a_model():
    """A route that takes a body of a new kind needs a sound example to spoil."""
    kinds = {route.takes.__name__ for route in DECLARED if route.takes}

    assert kinds - {"SignedEvent"} <= set(TEMPLATES)
