import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import CollectorRegistry
from temporalio.client import Client

from ferryman.purchase.purchase import Attention, Line, Order, Purchase
from ferryman.purchase.states import State
from ferryman.records import DatabasePace, Records
from ferryman.records.gate import CLOSING
from ferryman.records.outbox import Outbox, Outcome
from ferryman.telemetry.book import Book
from ferryman.telemetry.figures import OPEN, look
from tests.running.records import records_at, sqlite


def purchase(name: str, state: State, *, age: int = 0, attention: str | None = None) -> Purchase:
    """One purchase that has last changed so many seconds ago."""
    moment = datetime.now(UTC) - timedelta(seconds=age)
    called = None if attention is None else Attention(reason=attention, since=moment)
    return Purchase(
        id=name,
        state=state,
        version=1,
        created_time=moment,
        updated_time=moment,
        needs_attention=called,
        order=Order(id=f"o-{name}", state="accepted") if state is State.ACCEPTED else None,
        items=(Line(line_id="1", quantity=1, open=1),),
    )


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path):
    """An empty database, once for each kind."""
    if request.param == "postgresql":
        return request.getfixturevalue("postgresql_database_url")
    return sqlite(tmp_path)


@pytest.fixture
async def records(database_url):
    """Records that are up to date."""
    async with records_at(database_url) as records:
        yield records


async def test_purchases(records):
    """Open purchases are counted by state, with the longest without a change; ended ones not."""
    for each in (
        purchase("a", State.CHECKOUT, age=10),
        purchase("b", State.CHECKOUT, age=500),
        purchase("c", State.IN_REVIEW, age=90, attention="review_overdue"),
        purchase("d", State.COMPLETE, age=9_000),
        purchase("e", State.CANCELLED, age=9_000, attention="late_payment"),
        purchase("f", State.FULFILLED, attention="late_payment"),
    ):
        await records.save(each, [])

    figures = await look(records.engine, tells=False)

    assert set(OPEN) == set(figures.purchases)
    assert {"checkout": 2, "in_review": 1, "fulfilled": 1} == {
        state: count for state, count in figures.purchases.items() if count
    }
    assert 500 <= figures.unchanged["checkout"] < 600
    assert 90 <= figures.unchanged["in_review"] < 190
    assert 0 == figures.unchanged["accepted"]
    assert {"review_overdue": 1, "late_payment": 2} == figures.attention


async def test_notices(records):
    """Notices are counted and aged from when they were due, through failed attempts too.

    The API, which is not told of the shop, sees those that a worker has tried.
    """
    await records.save(purchase("a", State.ACCEPTED), [])
    outbox = Outbox(records.engine)
    due = (await look(records.engine, tells=True)).notices
    unwanted = await look(records.engine, tells=False)
    (parcel,) = await outbox.take(5)
    hour = timedelta(hours=1)
    again = Outcome(taken=False, status=500, cause=None, duration=timedelta(), again=hour)
    await outbox.close(parcel, again)
    await asyncio.sleep(0.05)

    failed = await look(records.engine, tells=True)
    seen_by_an_api = await look(records.engine, tells=False)

    assert 1 == due == failed.notices
    assert 0.05 <= failed.oldest_notice < 60
    assert (0, 0.0) == (unwanted.notices, unwanted.oldest_notice)
    assert 1 == seen_by_an_api.notices
    assert 0.05 <= seen_by_an_api.oldest_notice < 60


async def test_untried_notice(records):
    """A notice that no courier has taken ages too."""
    await records.save(purchase("a", State.CHECKOUT, attention="provider_away"), [])
    await asyncio.sleep(0.05)

    figures = await look(records.engine, tells=True)

    assert 1 == figures.notices
    assert 0.05 <= figures.oldest_notice < 60


async def test_held(records):
    """As long as Digital River wants no call, that is told."""
    pace = DatabasePace(records.engine, 20)
    before = await look(records.engine, tells=False)
    await pace.hold(timedelta(seconds=60))

    during = await look(records.engine, tells=False)

    assert (0, 0) == (before.held, before.away)
    assert 50 < during.held <= 60


async def test_away(records):
    """While Digital River is away, it is told for how long."""
    pace = DatabasePace(records.engine, 200)
    for _ in range(CLOSING):
        turn = await pace.take()
        await turn.failed()
    await asyncio.sleep(0.05)

    assert 0.05 <= (await look(records.engine, tells=False)).away < 60


async def test_unknown_is_not_told(records, temporal_client: Client):
    """With the database away the gauges are missing, not wrong, and nobody waits long."""
    registry = CollectorRegistry()
    book = Book(records.engine, temporal_client, "nobody's", tells=False)
    registry.register(book)
    await book.refresh()
    known = registry.get_sample_value("ferryman_purchases", {"state": "checkout"})
    stuck = registry.get_sample_value("ferryman_workflows_stuck", {"kind": "overdue"})
    broken = await Records.open("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    lost = Book(broken.engine, temporal_client, "nobody's", tells=False)
    without = CollectorRegistry()
    without.register(lost)
    await lost.refresh()
    await broken.close()

    assert (0, 0) == (known, stuck)
    assert without.get_sample_value("ferryman_purchases", {"state": "checkout"}) is None
