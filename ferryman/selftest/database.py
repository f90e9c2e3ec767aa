"""Whether the database is there, has the tables of this release, and its data keys can be read."""

from pathlib import Path

from sqlalchemy import func, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from ferryman.records import Records, RecordsUnavailable
from ferryman.records.engine import reading
from ferryman.records.migration import standing
from ferryman.records.tables import data_keys
from ferryman.secrecy.ring import KeyRing, Tampered, UnknownKey
from ferryman.settings import ProcessSettings

from .finding import Finding, Verdict, good, untold, wrong

DATABASE, ENCRYPTION = "database", "encryption keys"
_AWAY = "check FERRYMAN_DATABASE_URL and whether the database runs"


async def findings(told: ProcessSettings) -> list[Finding]:
    """Look at the tables, then open one data key of each key of the ring."""
    missing = _missing_file(told)
    if missing:
        mend = "start a worker, which makes it, or correct FERRYMAN_DATABASE_URL"
        return [wrong(DATABASE, f"there is no {missing}", mend), _alone(told.encryption_keys)]
    try:
        records = await Records.open(told.database_url.get_secret_value())
    except (OSError, SQLAlchemyError) as error:
        said = f"cannot be opened: {type(error).__name__}"
        return [wrong(DATABASE, said, _AWAY), _alone(told.encryption_keys)]
    try:
        database = await _tables(records)
        if database.verdict is not Verdict.GOOD:
            return [database, _alone(told.encryption_keys)]
        return [database, await _keys(records, told.encryption_keys)]
    except RecordsUnavailable as error:
        return [wrong(DATABASE, str(error), _AWAY), _alone(told.encryption_keys)]
    finally:
        await records.close()


def _missing_file(told: ProcessSettings) -> str | None:
    """Name SQLite's file where there is none: to look into it would make an empty one."""
    address = make_url(told.database_url.get_secret_value())
    if address.get_backend_name() != "sqlite" or not address.database:
        return None
    return None if Path(address.database).is_file() else address.database


async def _tables(records: Records) -> Finding:
    there, wanted = await standing(records.engine)
    if there == wanted:
        return good(DATABASE, f"{records.engine.dialect.name}, tables at {wanted}")
    said = f"tables at {there or 'nothing'}, and this release wants {wanted}"
    return wrong(DATABASE, said, "start a worker of this release: it brings them up to date")


def _alone(ring: KeyRing | None) -> Finding:
    if ring is None:
        return good(ENCRYPTION, "none: Temporal holds everything in the clear")
    return untold(ENCRYPTION, "not tried without the database, which holds the data keys")


async def _keys(records: Records, ring: KeyRing | None) -> Finding:
    living = data_keys.c.wrapped.is_not(None)
    newest = (
        select(data_keys.c.ring_key, func.max(data_keys.c.created_time).label("time"))
        .where(living)
        .group_by(data_keys.c.ring_key)
        .subquery()
    )
    same = (data_keys.c.ring_key == newest.c.ring_key) & (data_keys.c.created_time == newest.c.time)
    async with reading(records.engine) as connection:
        rows = (await connection.execute(select(data_keys).join(newest, same).where(living))).all()
    if ring is None:
        return _unset(len(rows))
    try:
        for row in rows:
            ring.unwrap(row.ring_key, row.wrapped, row.subject)
        _ = ring.unwrap(*ring.wrap(bytes(32), "self-test"), "self-test")
    except UnknownKey as error:
        mend = "add it behind the others until `rewrap-keys` has run: docs/secrecy.md"
        return wrong(ENCRYPTION, str(error), mend)
    except Tampered:
        said = f"the key {row.ring_key!r} is not the one that wrapped the data keys"
        return wrong(ENCRYPTION, said, "give the former value of FERRYMAN_ENCRYPTION_KEYS")
    return good(ENCRYPTION, f"{', '.join(ring.keys)}; {ring.first} encrypts")


def _unset(wrapped: int) -> Finding:
    if wrapped:
        mend = "set FERRYMAN_ENCRYPTION_KEYS as on the other hosts: docs/secrecy.md"
        return wrong(ENCRYPTION, "none, and there are purchases that were encrypted", mend)
    return _alone(None)
