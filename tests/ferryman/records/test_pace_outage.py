"""All workers meet an outage together: one probe at a time, and nobody waits long for a turn."""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from ferryman.digital_river.errors import NotNow
from ferryman.records import DatabasePace, Records
from ferryman.records.clock import SECOND
from ferryman.records.gate import CLOSING

RATE = 200


@pytest.fixture
async def paces(records, open_records):
    """Give two workers' paces in one database."""
    others = await open_records()
    return [DatabasePace(each.engine, RATE) for each in (records, others)]


@pytest.fixture
def row(records):
    """Read or change the one row that all share."""

    async def run(statement):
        async with records.engine.begin() as connection:
            result = await connection.execute(text(statement))
            return result.one() if result.returns_rows else None

    return run


async def fail(pace, times):
    """Make calls that all meet an outage; give what the last was told."""
    for _ in range(times):
        told = await (await pace.take()).failed()
    return told


async def sent_off(pace):
    """Ask for a turn that is not to be had; give the refusal, which comes at once."""
    began = time.monotonic()
    with pytest.raises(NotNow) as refused:
        await pace.take()
    assert time.monotonic() - began < 1
    return refused.value


async def as_soon_as_possible(pace):
    """Ask for a turn until there is one."""
    while True:
        try:
            return await pace.take()
        except NotNow as refusal:
            await asyncio.sleep(min(refusal.retry_after.total_seconds(), 0.05))


async def test_closes_after_ten(paces, row):
    """Nine failures in a row are bad luck; the tenth sends everybody off, of every worker."""
    assert await fail(paces[0], 8) is None
    assert await fail(paces[1], 1) is None

    told = await fail(paces[0], 1)
    # However long this takes, nobody may probe meanwhile.
    await row("UPDATE pace SET next_probe = next_probe + 60000000")
    refusals = [await sent_off(pace) for pace in paces]

    assert timedelta(0) <= told <= timedelta(seconds=1)
    assert [timedelta(seconds=1)] * 2 == [each.retry_after for each in refusals]
    assert all("Digital River is away since 2" in str(each) for each in refusals)


async def test_success_between(paces):
    """Failures with a success between them close nothing: one order alone is in trouble."""
    for _ in range(2):
        await fail(paces[0], 9)
        await (await paces[1].take()).answered()

    await fail(paces[0], 9)

    await paces[1].take()


async def test_one_probe(paces):
    """Once the gap is over one caller probes, whichever asks first, and all others are sent off."""
    await fail(paces[0], CLOSING)

    await as_soon_as_possible(paces[1])

    for pace in paces:
        assert "next probe in 1 s" in str(await sent_off(pace))


async def test_gaps(paces, row):
    """The gap between probes doubles from one second up to ten."""
    await fail(paces[0], CLOSING)
    gaps = []
    for number in range(5):
        await row("UPDATE pace SET next_probe = 0")
        probe = await paces[number % 2].take()
        await probe.failed()
        (following,) = await row("SELECT next_probe FROM pace")
        gaps.append((following - (probe.gate.next_probe - probe.lease)) / SECOND)

    assert [2, 4, 8, 10, 10] == gaps


async def test_probe_opens(paces, row):
    """A probe that is answered lets everybody through again, and nothing is counted any more."""
    await fail(paces[0], CLOSING)
    await row("UPDATE pace SET next_probe = 0")

    await (await paces[1].take()).answered()

    await asyncio.gather(*(paces[number % 2].take() for number in range(20)))
    assert (0,) == await row("SELECT failures FROM pace")


async def test_dead_probe(paces, row):
    """A probe whose worker dies is replaced when its lease is over, and counts no more then."""
    await fail(paces[0], CLOSING)
    await row("UPDATE pace SET next_probe = 0")
    dead = await paces[0].take()
    await sent_off(paces[1])
    await row("UPDATE pace SET next_probe = 1")

    await as_soon_as_possible(paces[1])
    before = await row("SELECT failures, next_probe FROM pace")
    await dead.failed()

    assert before == await row("SELECT failures, next_probe FROM pace")


async def test_lease_follows_the_timeout(records, open_records, row):
    """However long a call may take, its probe stays the only one until it has answered."""
    patient = DatabasePace(records.engine, RATE, timeout=timedelta(seconds=40))
    other = DatabasePace((await open_records()).engine, RATE, timeout=timedelta(seconds=40))
    await fail(patient, CLOSING)
    await row("UPDATE pace SET next_probe = 0")
    probe = await patient.take()
    # Time passes: as if it had begun thirty seconds ago.
    await row("UPDATE pace SET next_probe = next_probe - 30000000")

    await sent_off(other)
    assert 42 == probe.lease / SECOND


async def test_late_failures(paces, row):
    """Calls that were under way when the gate closed do not put the next probe off."""
    under_way = await asyncio.gather(*(paces[1].take() for _ in range(20)))
    await fail(paces[0], CLOSING)
    before = await row("SELECT failures, next_probe FROM pace")

    told = [await turn.failed() for turn in under_way]

    assert before == await row("SELECT failures, next_probe FROM pace")
    assert all(timedelta(0) <= wait <= timedelta(seconds=1) for wait in told)


async def test_closes_before_those_who_wait(records, open_records):
    """Who waits for a turn when the gate closes does not call."""
    slow = DatabasePace(records.engine, 2)
    fast = DatabasePace((await open_records()).engine, RATE)
    under_way = [await fast.take() for _ in range(CLOSING)]
    await slow.take()
    waiting = asyncio.create_task(slow.take())
    for turn in under_way:
        await turn.failed()

    with pytest.raises(NotNow, match="away since"):
        await waiting


@pytest.mark.parametrize("seconds", [2.2, 30])
async def test_long_hold(paces, seconds):
    """A Retry-After too long to wait for sends everybody off until it is over, never earlier."""
    began = time.monotonic()
    await paces[0].hold(timedelta(seconds=seconds))

    for pace in reversed(paces):
        refusal = await sent_off(pace)
        passed = time.monotonic() - began
        assert "Digital River asked to wait until 2" in str(refusal)
        assert seconds - passed <= refusal.retry_after.total_seconds() + 0.05 <= seconds + 0.05


async def test_no_probe_in_a_hold(paces, row):
    """A wait that was asked for is kept by probes too."""
    await fail(paces[0], CLOSING)
    await paces[0].hold(timedelta(seconds=30))
    await row("UPDATE pace SET next_probe = 0")

    assert (await sent_off(paces[1])).retry_after > timedelta(seconds=25)


async def test_long_queue(records):
    """Who would wait longer than two seconds is sent off, without a turn."""
    pace, began = DatabasePace(records.engine, 4), time.monotonic()

    ends = await asyncio.gather(*(pace.take() for _ in range(30)), return_exceptions=True)

    refusals = [end for end in ends if isinstance(end, NotNow)]
    assert 4 <= 30 - len(refusals) <= 10
    assert time.monotonic() - began < 5
    assert {"too many calls wait for their turns"} == {str(each) for each in refusals}
    assert all(timedelta(seconds=1) < each.retry_after < timedelta(seconds=3) for each in refusals)


async def test_costs(paces, records):
    """A call in good times costs one statement, and one more while failures are counted."""
    statements = []
    await paces[0].take()

    @event.listens_for(records.engine.sync_engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, *_):
        statements.append(statement.split()[0])

    turn = await paces[0].take()
    await turn.answered()
    quiet = list(statements)
    await turn.failed()
    await (await paces[0].take()).answered()

    assert ["UPDATE"] == [each for each in quiet if each != "BEGIN"]
    troubled = [each for each in statements[len(quiet) :] if each != "BEGIN"]
    assert ["UPDATE", "SELECT", "UPDATE", "UPDATE"] == troubled


async def test_database_away(paces):
    """What cannot be noted costs no call its answer, and a hold still stops this worker."""
    turn = await paces[0].take()
    nowhere = await Records.open("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    lost = DatabasePace(nowhere.engine, RATE)

    await lost.hold(timedelta(seconds=30))
    told = await replace(turn, engine=nowhere.engine).failed()

    assert told is None
    await sent_off(lost)
    await nowhere.close()
