"""A SQLite connection that takes one hop to a thread for each statement.

Reading begins in the same hop as the first statement and ends behind the caller's back, in the thread's own order. A
transaction of a single statement, which SQLite makes of every statement by itself, begins and ends in its one hop:
every further hop makes the event loop and the thread wait for each other. Rows are fetched where the statement runs.

Which thread it is may differ from one transaction to the next: whatever a connection was given before is done before it
is given more.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterable
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Self, TypeVar, final, overload
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.selectable import TypedReturnsRows

from tenancy.stores.databases.store import Columns, Parameters

T = TypeVar("T")

_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
)


@final
class _Fetched(sqlite3.Cursor):
    """A cursor that has read all its rows by the time a statement returns."""

    _rows: deque[tuple[Any, ...]]

    def execute(self, sql: str, parameters: Any = (), /) -> Self:  # noqa: ANN401 - as wide as the driver's own
        super().execute(sql, parameters)
        self._rows = deque(super().fetchall() if self.description else ())
        return self

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Self:
        super().executemany(sql, parameters)
        self._rows = deque()
        return self

    def fetchone(self) -> tuple[Any, ...] | None:
        return self._rows.popleft() if self._rows else None

    def fetchmany(self, size: int | None = 1) -> list[tuple[Any, ...]]:
        return [self._rows.popleft() for _ in range(min(size or 1, len(self._rows)))]

    def fetchall(self) -> list[tuple[Any, ...]]:
        rows = list(self._rows)
        self._rows.clear()
        return rows

    def close(self) -> None:
        """Forget the rows; the statement was reset when its last row was read."""
        self._rows = deque()


@final
class _Connection(sqlite3.Connection):
    """A connection whose cursors have fetched."""

    def cursor(self, factory: Any = _Fetched) -> Any:  # noqa: ANN401 - as wide as the driver's own
        return super().cursor(factory)


@final
class SqliteConnection:
    """One connection to an existing file; one transaction at a time uses it."""

    def __init__(
        self, engine: sa.Engine, path: Path, wait_seconds: float, thread: ThreadPoolExecutor, *, writes: bool
    ) -> None:
        """Compile for `engine`, which all files share, and open `path` with the first statement."""
        self.thread = thread
        """Where it runs until it is told another; it has one worker, so that it keeps the order."""
        self.writes: Final = writes
        self.abandoned = False
        """Whether a statement may still run that nobody waits for any more."""
        self._engine = engine
        self._wait = wait_seconds
        self._address = f"file:{quote(str(path))}?mode=rw"
        # Set once and for all: changing it would make SQLite compile every statement anew.
        self._pragmas = (*_PRAGMAS, "PRAGMA query_only=OFF" if writes else "PRAGMA query_only=ON")
        self._begin = "BEGIN IMMEDIATE" if writes else "BEGIN"
        self._last: Future[Any] | None = None
        self._last_on: ThreadPoolExecutor | None = None
        self._open: sa.Connection | None = None

    async def _hop(self, work: Callable[..., T], *arguments: object) -> T:
        """Run `work` on the connection's thread after everything that it was given before, on whichever thread."""
        if self._last is not None and self._last_on is not self.thread and not self._last.done():
            await _ended(self._last)
        self.abandoned = True
        self._last = running = self._submit(work, *arguments)
        try:
            return await asyncio.wrap_future(running)
        finally:
            self.abandoned = not running.done()

    def _submit(self, work: Callable[..., T], *arguments: object) -> Future[T]:
        self._last_on = self.thread
        return self.thread.submit(work, *arguments)

    async def run(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work` in a transaction."""
        return await self._hop(self._run, work)

    def _run(self, work: Callable[[sa.Connection], T]) -> T:
        connection = self._opened()
        if not connection.in_transaction():
            self._raw(connection).execute(self._begin)
            connection.begin()
        return work(connection)

    async def once(self, work: Callable[[sa.Connection], T]) -> T:
        """Run `work`, which is one statement that reads, as a transaction of its own; nothing is left to forget."""
        return await self._hop(self._once, work)

    def _once(self, work: Callable[[sa.Connection], T]) -> T:
        try:
            return work(self._opened())
        finally:
            self._forget()

    async def outside(self, *statements: str) -> None:
        """Run statements that no transaction may contain."""
        await self._hop(self._outside, statements)

    def _outside(self, statements: tuple[str, ...]) -> None:
        raw = self._raw(self._opened())
        for statement in statements:
            raw.execute(statement)

    def _opened(self) -> sa.Connection:
        if self._open is None:
            creator: Any = self._connect  # sqlite3's own class of connections, which SQLAlchemy types more narrowly
            self._open = sa.Connection(self._engine, NullPool(creator, dialect=self._engine.dialect).connect())
        return self._open

    @staticmethod
    def _raw(connection: sa.Connection) -> _Connection:
        raw = connection.connection.driver_connection
        if not isinstance(raw, _Connection):
            raise TypeError("The connection is not one of this module's.")
        return raw

    def _connect(self) -> sqlite3.Connection:
        raw = sqlite3.connect(
            self._address, self._wait, uri=True, isolation_level=None, factory=_Connection, check_same_thread=False
        )
        try:
            for pragma in self._pragmas:
                raw.execute(pragma)
        except sqlite3.DatabaseError:
            raw.close()
            raise
        return raw

    def forget(self) -> Future[None]:
        """End a transaction that only read, without waiting for it; return what is done when it has ended."""
        self._last = ending = self._submit(self._forget)
        return ending

    def _forget(self) -> None:
        if self._open is not None:
            try:
                self._open.rollback()
            except sa.exc.DBAPIError:  # nothing was written: the next transaction opens the file anew
                self._open.invalidate()
                self._open = None

    def after(self, done: Callable[[], None]) -> None:
        """Call `done` on the event loop once everything the connection was given has ended."""
        loop, last = asyncio.get_running_loop(), self._last
        if last is None:
            done()
        else:
            last.add_done_callback(lambda _: loop.call_soon_threadsafe(done))

    def close(self, thread: ThreadPoolExecutor) -> Future[None]:
        """Close the file on a thread, after everything the connection was given; nobody uses it any more."""
        return thread.submit(self._close, self._last)

    def _close(self, before: Future[Any] | None) -> None:
        if before is not None:
            futures.wait([before])
        if self._open is not None:
            self._open.close()
            self._open = None


async def _ended(running: Future[Any]) -> None:
    """Return when something is done, however it ended."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    running.add_done_callback(lambda _: loop.call_soon_threadsafe(done.set))
    await done.wait()


@final
class SqliteTransaction:
    """One transaction; it begins with its first statement."""

    __slots__ = ("_run", "connection")

    def __init__(self, connection: SqliteConnection, *, single: bool = False) -> None:
        """Run on a connection that nobody else uses until the transaction has ended; `single`: after one statement."""
        self.connection = connection
        self._run = connection.once if single else connection.run

    @overload
    async def execute(
        self, statement: TypedReturnsRows[*Columns], parameters: Parameters | None = None
    ) -> sa.CursorResult[*Columns]: ...

    @overload
    async def execute(
        self, statement: sa.Executable, parameters: Parameters | None = None
    ) -> sa.CursorResult[*tuple[Any, ...]]: ...

    async def execute(
        self, statement: sa.Executable, parameters: Parameters | None = None
    ) -> sa.CursorResult[*tuple[Any, ...]]:
        """Run one statement and return its rows, all of them read already."""
        return await self._run(lambda connection: connection.execute(statement, parameters))

    async def commit(self) -> None:
        """Make the writes stand."""
        await self.connection.run(lambda connection: connection.commit())
