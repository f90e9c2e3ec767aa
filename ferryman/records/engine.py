"""Opens SQLite or PostgreSQL so that both behave alike."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from . import crossing

_BUSY_SECONDS = 10
_CONNECT_SECONDS = 5
_STATEMENT_SECONDS = 60
_CONNECTIONS = 10


class _Line:
    """Where the writers of this process wait for their turns.

    SQLite lets one write, and whoever waits for it naps longer and longer; to wait here instead is
    several times faster.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._free = asyncio.Event()
        self._free.set()

    @asynccontextmanager
    async def turn(self, *, at_once: bool) -> AsyncIterator[None]:
        """Wait in line, or have the whole line wait."""
        if at_once:
            self._free.clear()
            try:
                yield
            finally:
                self._free.set()
            return
        async with self._lock:
            await self._free.wait()
            yield


_lines: WeakKeyDictionary[Engine, _Line] = WeakKeyDictionary()


class RecordsUnavailable(ConnectionError):
    """The database is away or cannot take it now; nothing is known of what was asked."""


def create_engine(url: str) -> AsyncEngine:
    """Prepare connections to a database; SQLite's folder is created."""
    address = make_url(url)
    # Statements' parameters are people's addresses: errors must not repeat them.
    if address.get_backend_name() != "sqlite":
        return create_async_engine(
            address,
            hide_parameters=True,
            pool_pre_ping=True,
            pool_size=_CONNECTIONS,
            connect_args={"timeout": _CONNECT_SECONDS, "command_timeout": _STATEMENT_SECONDS},
        )
    Path(address.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        address,
        hide_parameters=True,
        connect_args={"timeout": _BUSY_SECONDS, "async_creator_fn": crossing.connect},
    )
    event.listen(engine.sync_engine, "connect", _set_up_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_on_sqlite)
    _lines[engine.sync_engine] = _Line()
    return engine


def is_sqlite(engine: AsyncEngine) -> bool:
    """Tell the two databases apart."""
    return engine.dialect.name == "sqlite"


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open a connection that sees one state of things."""
    with _reached():
        async with engine.begin() as connection:
            yield connection


@asynccontextmanager
async def writing(engine: AsyncEngine, *, at_once: bool = False) -> AsyncIterator[AsyncConnection]:
    """Open a transaction that writes; committed at the end, undone where it breaks off.

    `at_once` passes by the writers of this process that wait for their turn.
    """
    line = _lines.get(engine.sync_engine)
    async with line.turn(at_once=at_once) if line else nullcontext():
        with _reached():
            async with engine.connect() as any_connection:
                connection = await any_connection.execution_options(writes=True)
                async with connection.begin():
                    yield connection


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except (OSError, PoolTimeoutError) as error:
        raise RecordsUnavailable(f"the database is away: {error}") from error
    except DBAPIError as error:
        # Errors of no finer kind are the server's: starting up, shutting down, full, unknown.
        kinds = (OperationalError, InterfaceError)
        if not isinstance(error, kinds) and type(error) is not DBAPIError:
            raise
        raise RecordsUnavailable(f"the database is away: {error.orig}") from error


def _set_up_sqlite(connection: Any, _: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _begin_on_sqlite(connection: Connection) -> None:
    # A reader that becomes a writer fails at once where another writes; a writer from the
    # beginning waits its turn.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
