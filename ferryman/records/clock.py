"""The one clock that all workers of a database go by, in microseconds since 1970."""

import time
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, cast, extract, func
from sqlalchemy.ext.asyncio import AsyncEngine

from .engine import is_sqlite

SECOND = 1_000_000


def now(engine: AsyncEngine) -> ColumnElement[int]:
    """The present moment, for a statement: when it is executed, however long ago it was built."""
    # SQLite's clock is this machine's, and its lock is held; machines that share
    # PostgreSQL go by its clock, read when the row's lock has been got.
    if is_sqlite(engine):
        return bindparam(None, callable_=_microseconds, type_=BigInteger, unique=True)
    return cast(extract("epoch", func.clock_timestamp()) * SECOND, BigInteger)


def _microseconds() -> int:
    return time.time_ns() // 1000


def latest(engine: AsyncEngine, *times: Any) -> ColumnElement[int]:
    """The latest of some moments."""
    return func.max(*times) if is_sqlite(engine) else func.greatest(*times)
