import asyncio
import sys
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp.test_utils import unused_port

from tests.production.edge import MISSING, WHY, edge, serving
from tests.production.load import A_SECOND, SECONDS, Shop, restarting
from tests.production.running import (
    HOST,
    LONGEST_STOP,
    api,
    running,
    sandbox,
    told,
    worker,
)
from tests.running.records import sqlite

IN_TURN = ("api-1", "worker-1", "api-2", "worker-2")


@pytest.fixture
def database(request, tmp_path):
    """PostgreSQL where it is installed, as in production; else SQLite."""
    try:
        return request.getfixturevalue("postgresql_database_url")
    except pytest.skip.Exception:
        return sqlite(tmp_path)


@asynccontextmanager
async def two_of_each(temporal, database, folder):
    """Two APIs and two workers on a Digital River; and where the APIs are."""
    first, second, one, two, river = (unused_port() for _ in range(5))
    programs = {
        "sandbox": sandbox(river),
        "worker-1": worker(one),
        "worker-2": worker(two),
        "api-1": api(first),
        "api-2": api(second),
    }
    environment = told(temporal, database, river, first)
    async with running(programs, environment, folder) as children:
        yield [children[name] for name in IN_TURN], (first, second)


async def called(children, doors, knocks):
    """Call through a rolling restart; what became of the calls and of the processes."""
    timeout = aiohttp.ClientTimeout(total=20)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        shop = Shop(session, doors, knocks)
        restarts = asyncio.create_task(restarting(children, SECONDS))
        await shop.calling(restarts)
        stops = await restarts
    sys.stdout.write(f"{dict(shop.outcomes)}, {shop.refused} refused; {stops}\n")
    return shop, stops


def judge(shop, stops):
    """No call has failed, and each process has ended well and in time."""
    assert {200, 201, 202} >= {*shop.outcomes}
    assert SECONDS * A_SECOND / 2 < shop.outcomes.total()
    assert [0] * len(stops) == [code for _, code, _ in stops]
    assert max(seconds for _, _, seconds in stops) <= LONGEST_STOP
    assert len(stops) >= len(IN_TURN)


@pytest.mark.timeout(150)
async def test_no_request_is_lost_while_one_after_the_other_is_restarted(
    temporal, database, tmp_path
):
    """Twenty requests a second, by a shop that knocks once more where a connection is refused."""
    async with two_of_each(temporal, database, tmp_path) as (children, ports):
        doors = [f"http://{HOST}:{port}" for port in ports]
        shop, stops = await called(children, doors, knocks=2)

    judge(shop, stops)
    assert shop.refused


@pytest.mark.timeout(150)
@pytest.mark.skipif(MISSING, reason=WHY)
async def test_behind_the_edge_a_shop_need_not_repeat_anything(temporal, database, tmp_path):
    """The same through the edge of `docker-compose.yml`, by a shop that knocks once only."""
    async with (
        two_of_each(temporal, database, tmp_path) as (children, ports),
        edge(tmp_path, ports) as door,
    ):
        await serving(door)
        shop, stops = await called(children, [door], knocks=1)
        async with aiohttp.ClientSession() as session, session.get(f"{door}/metrics") as answer:
            metrics = answer.status

    judge(shop, stops)
    assert 404 == metrics
