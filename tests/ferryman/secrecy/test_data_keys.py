import asyncio
from datetime import timedelta

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select, text

from ferryman.records import Records, RecordsUnavailable
from ferryman.records.engine import writing
from ferryman.records.tables import data_keys
from ferryman.secrecy.data_keys import DataKeys, Erased
from ferryman.secrecy.ring import KeyRing, Tampered, UnknownKey
from tests.ferryman.secrecy.conftest import NEWER_TEXT, RING_TEXT

P1, P2 = "purchase/p1", "purchase/p2"
AT_ONCE = timedelta()


async def rows(records):
    """The table of data keys."""
    async with records.engine.connect() as connection:
        query = select(data_keys).order_by(data_keys.c.subject, data_keys.c.generation)
        return (await connection.execute(query)).all()


def works(one, other):
    """Tell whether what one key encrypts the other decrypts."""
    nonce = bytes(12)
    return other.cipher.decrypt(nonce, one.cipher.encrypt(nonce, b"text", b""), b"") == b"text"


async def test_crowd(process, records):
    """However many processes need a purchase's first key at once, there is one."""
    made = await asyncio.gather(*(process().current(P1) for _ in range(20)))

    assert 1 == len(await rows(records))
    assert all(works(made[0], each) for each in made)


async def test_own_key(keys):
    """Two purchases have two keys."""
    one, other = await keys.current(P1), await keys.current(P2)

    with pytest.raises(InvalidTag):
        works(one, other)


async def test_wrapped(keys, records):
    """What lies in the database is not the key."""
    key = await keys.current(P1)
    [row] = await rows(records)

    assert 12 + 32 + 16 == len(row.wrapped)
    assert ("k1", 1, None, None) == (
        row.ring_key,
        key.generation,
        row.retired_time,
        row.destroyed_time,
    )


async def test_read_once(keys, records):
    """A key is read once in its lifetime, however often it is needed."""
    await keys.current(P1)
    async with writing(records.engine) as connection:
        await connection.execute(text("DELETE FROM data_keys"))

    assert (await keys.current(P1)).generation == (await keys.get(P1, 1)).generation


async def test_forgotten(process, records):
    """After its lifetime a key is read anew."""
    keys = process(lifetime=AT_ONCE)
    await keys.current(P1)
    async with writing(records.engine) as connection:
        await connection.execute(text("DELETE FROM data_keys"))

    with pytest.raises(UnknownKey, match="no data key 1 of 'purchase/p1'"):
        await keys.get(P1, 1)


class Clock:
    """A clock that a test turns on."""

    seconds = 0.0

    def __call__(self):
        """The time."""
        return self.seconds


async def take_away(records):
    """Let the database of the data keys be away."""
    async with writing(records.engine) as connection:
        await connection.execute(text("ALTER TABLE data_keys RENAME TO away"))


async def test_outage(process, records):
    """While the database is away, a key that was read lately goes on to work, and no other."""
    clock = Clock()
    keys = process(now=clock)
    await keys.current(P1)
    await take_away(records)
    clock.seconds = 29.9

    assert 1 == (await keys.current(P1)).generation
    assert 1 == (await keys.get(P1, 1)).generation
    with pytest.raises(RecordsUnavailable):
        await keys.current(P2)


async def test_long_outage(process, records):
    """Beyond its lifetime no key is used, be it to read or to write, however long the outage."""
    clock = Clock()
    keys = process(now=clock)
    await keys.current(P1)
    await take_away(records)
    clock.seconds = 30

    with pytest.raises(RecordsUnavailable):
        await keys.current(P1)
    with pytest.raises(RecordsUnavailable):
        await keys.get(P1, 1)


async def test_halfway(process, records):
    """A key in use is read anew halfway, so that a short outage comes too early to be felt."""
    clock = Clock()
    keys = process(now=clock)
    for clock.seconds in (0, 16):
        await keys.current(P1)
    await take_away(records)
    clock.seconds = 31

    assert 1 == (await keys.current(P1)).generation


async def test_erased_then_away(process, records):
    """What was erased stays so in an outage, also where it was read until the last moment."""
    clock = Clock()
    keys = process(now=clock)
    await keys.current(P1)
    await process().retire([P1])
    for clock.seconds in (16, 31):
        await keys.get(P1, 1)
    await process().destroy([P1])
    if_asked = process(now=clock)
    with pytest.raises(Erased):
        await if_asked.get(P1, 1)
    await take_away(records)

    for each in (keys, if_asked):
        with pytest.raises(RecordsUnavailable):
            await each.get(P1, 1)
        with pytest.raises(RecordsUnavailable):
            await each.current(P1)


async def test_erased_is_dropped(process, records):
    """A process that has seen that a key is gone does not use what it remembers of it."""
    clock = Clock()
    keys = process(now=clock)
    await keys.current(P1)
    await process().retire([P1])
    await process().destroy([P1])
    clock.seconds = 16
    with pytest.raises(Erased):
        await keys.get(P1, 1)
    await take_away(records)

    with pytest.raises(RecordsUnavailable):
        await keys.get(P1, 1)
    with pytest.raises(RecordsUnavailable):
        await keys.current(P1)


async def test_destroyed(process, records):
    """A key that was destroyed is gone for every process; what comes later has another one."""
    await process().current(P1)
    await process().current(P2)
    retired = await process().retire([P1])
    await process().destroy([P1])
    later = await process().current(P1)

    assert 1 == retired
    assert 2 == later.generation
    with pytest.raises(Erased):
        await process().get(P1, 1)
    assert 1 == (await process().get(P2, 1)).generation
    assert [None, True, True] == [row.wrapped and True for row in await rows(records)]


async def test_retired(process):
    """Nobody encrypts with a retired key; what it has encrypted can be read until it is gone."""
    await process().current(P1)
    await process().retire([P1])

    assert 2 == (await process().current(P1)).generation
    assert 1 == (await process().get(P1, 1)).generation


async def test_destroying_is_for_the_retired(process):
    """A key that somebody may still encrypt with is not destroyed."""
    await process().current(P1)
    await process().destroy([P1])

    assert 1 == (await process().get(P1, 1)).generation


async def test_rotation(process, records):
    """A new first key wraps what comes; once all is wrapped anew, the old one can go."""
    both = KeyRing.parse(f"{NEWER_TEXT},{RING_TEXT}")
    await process().current(P1)
    await process(ring=both).current(P2)
    names = [row.ring_key for row in await rows(records)]
    changed = await process(ring=both).rewrap()
    alone = process(ring=KeyRing.parse(NEWER_TEXT))

    assert (["k1", "k2"], 1) == (names, changed)
    assert 1 == (await alone.get(P1, 1)).generation
    assert 1 == (await alone.get(P2, 1)).generation


async def test_swapped_rows(process, records):
    """A wrapped key that was moved to another purchase is refused."""
    await process().current(P1)
    await process().current(P2)
    async with writing(records.engine) as connection:
        await connection.execute(
            text(
                "UPDATE data_keys SET wrapped ="
                " (SELECT wrapped FROM data_keys WHERE subject = 'purchase/p2')"
                " WHERE subject = 'purchase/p1'"
            )
        )

    with pytest.raises(Tampered):
        await process().get(P1, 1)


async def test_postgresql(postgresql_database_url):
    """On PostgreSQL too a crowd makes one key, and it can be destroyed."""
    records = await Records.open(postgresql_database_url)
    await records.migrate()
    ring = KeyRing.parse(RING_TEXT)
    await asyncio.gather(*(DataKeys(records.engine, ring).current(P1) for _ in range(5)))
    keys = DataKeys(records.engine, ring)
    first = await rows(records)
    await keys.retire([P1])
    await keys.destroy([P1])

    assert 1 == len(first)
    with pytest.raises(Erased):
        await keys.get(P1, 1)
    await records.close()
