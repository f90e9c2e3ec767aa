"""SQLite's connections, each with its own thread, to which every statement crosses only once.

SQLAlchemy opens, executes, reads and closes a cursor one after the other, and aiosqlite goes to
the connection's thread and back for each. These crossings were a third of what a step costs.
"""

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple, Self

from aiosqlite import Connection

_CHUNK = 64


class _Done(NamedTuple):
    """What a statement has left."""

    description: Any
    rows: list[Any]
    rowcount: int
    lastrowid: int | None


_NOTHING = _Done(None, [], -1, None)


class _Cursor:
    """Does all that is asked of a cursor as soon as a statement comes, in one crossing."""

    def __init__(self, connection: "_Connection") -> None:
        self._connection = connection
        self._done = _NOTHING

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:
        return self._done.description

    @property
    def rowcount(self) -> int:
        return self._done.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._done.lastrowid

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> "_Cursor":
        self._done = await self._connection.cross("execute", sql, parameters)
        return self

    async def executemany(self, sql: str, parameters: Sequence[Any]) -> "_Cursor":
        self._done = await self._connection.cross("executemany", sql, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        return self._done.rows

    async def close(self) -> None:
        """Nothing is open any more."""


class _Connection(Connection):
    def cursor(self) -> _Cursor:  # type: ignore[override]  # it is SQLAlchemy that asks
        return _Cursor(self)

    async def cross(self, how: str, sql: str, parameters: Sequence[Any]) -> _Done:
        done: _Done = await self._execute(self._do, how, sql, parameters)  # type: ignore[no-untyped-call]
        return done

    def _do(self, how: str, sql: str, parameters: Sequence[Any]) -> _Done:
        cursor = self._conn.cursor()
        try:
            getattr(cursor, how)(sql, parameters)
            rows = cursor.fetchall() if cursor.description else []
            return _Done(cursor.description, rows, cursor.rowcount, cursor.lastrowid)
        finally:
            cursor.close()


def connect(*where: Any, **how: Any) -> Connection:
    """Make a connection, to be awaited; takes what `sqlite3.connect` takes."""
    connection = _Connection(partial(sqlite3.connect, *where, **how), _CHUNK)
    # A connection that nobody closes is to keep no process from ending.
    connection._thread.daemon = True  # noqa: SLF001 - SQLAlchemy does the same for its own
    return connection
