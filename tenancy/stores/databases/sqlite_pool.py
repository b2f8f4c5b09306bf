"""Lend connections to many SQLite files, on a bounded number of threads and of open connections in all.

Rules this module enforces:

* A transaction has a connection and a thread to itself. Both bounds hold for all files together, however many there
  are; where they are reached a transaction waits, and after a while it is refused.
* Of one file at most a few transactions read at a time, and one writes: a tenant that is asked a lot waits for itself.
* An idle connection is kept until another file needs its place; the one that was idle longest is closed first.
* A file is brought to the current schema before the first transaction of this process.
"""

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, final

import sqlalchemy as sa

from tenancy.errors import Unavailable
from tenancy.stores.databases import migrate
from tenancy.stores.databases.sqlite_connection import SqliteConnection, SqliteTransaction

_READERS: Final = 8


@final
class _File:
    """What is open of one file; its writers queue here instead of spinning on SQLite's lock."""

    __slots__ = ("closed", "idle", "migrating", "path", "readers", "users", "writing")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.idle: list[SqliteConnection] = []
        self.readers = asyncio.Semaphore(_READERS)
        self.writing = asyncio.Lock()
        self.migrating = asyncio.Lock()
        self.closed = False
        self.users = 0

    def take(self, *, writes: bool) -> SqliteConnection | None:
        """Take the idle connection of a kind that was used last."""
        found = next((one for one in reversed(self.idle) if one.writes is writes), None)
        if found is not None:
            self.idle.remove(found)
        return found


@final
class SqlitePool:
    """The open connections of one process to files of one kind."""

    def __init__(self, engine: sa.Engine, lineage: str, *, threads: int, connections: int, wait_seconds: float) -> None:
        """Compile for `engine`; keep `connections` open at most, and run `threads` transactions at a time.

        `lineage` names the migrations of the files. A transaction waits at most `wait_seconds` for its turn, and as
        long for another process's write lock.
        """
        if connections < threads:
            raise ValueError("each thread may need a connection")
        self._engine = engine
        self._lineage = lineage
        self._most = connections
        self._wait = wait_seconds
        self._places = asyncio.Semaphore(threads)
        self._threads = [self._thread() for _ in range(threads)]
        self._closer = self._thread()
        self._files: dict[Path, _File] = {}
        self._idle: OrderedDict[SqliteConnection, _File] = OrderedDict()
        self._current: set[Path] = set()
        self._lent = 0

    def _thread(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"records-{self._lineage}")

    def holds(self, path: Path) -> bool:
        """Tell whether a connection to a file is open."""
        return path in self._files

    def reading(self, path: Path, *, single: bool) -> "_Turn":
        """Open a transaction that sees one state of a file; `single`: it ends with its first statement."""
        return _Turn(self, path, writes=False, single=single)

    def writing(self, path: Path) -> "_Turn":
        """Open the one transaction that writes to a file, and commit it with the end of the block."""
        return _Turn(self, path, writes=True)

    async def shrink(self, path: Path) -> None:
        """Give back free pages and the log that still holds what stood on them."""
        async with _Turn(self, path, writes=True, commits=False) as transaction:
            await transaction.connection.outside("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")

    async def close_file(self, path: Path) -> None:
        """Close a file's connections: the idle ones now, the writer's after its commit, a reader's when it ends."""
        self._current.discard(path)
        file = self._files.pop(path, None)
        if file is None:
            return
        file.closed = True
        async with file.writing:
            closing = [one.close(self._closer) for one in file.idle]
            for connection in file.idle:
                del self._idle[connection]
            file.idle.clear()
            for one in closing:
                await asyncio.wrap_future(one)

    async def close(self) -> None:
        """Close every file, and end the threads; whoever opens a file afterwards gets new ones."""
        await asyncio.gather(*map(self.close_file, list(self._files)))
        ended = [*self._threads, self._closer]
        self._threads, self._closer = [self._thread() for _ in self._threads], self._thread()
        for thread in ended:
            thread.shutdown(wait=False)

    def hold(self, path: Path) -> _File:
        """Return a file with its user counted."""
        file = self._files.get(path)
        if file is None:
            file = self._files[path] = _File(path)
        file.users += 1
        return file

    def release(self, file: _File) -> None:
        """Count a user less; a file that nobody uses and of which nothing is open is forgotten."""
        file.users -= 1
        self._drop_unused(file)

    def _drop_unused(self, file: _File) -> None:
        if file.users == 0 and not file.idle and self._files.get(file.path) is file:
            del self._files[file.path]

    def current(self, path: Path) -> bool:
        """Tell whether this process has seen that a file is at the current schema."""
        return path in self._current

    async def migrate(self, file: _File) -> None:
        """Bring a file to the current schema, taking the write lock only if something is missing."""
        async with file.migrating:
            if file.path in self._current:
                return
            async with _Turn(self, file.path, writes=False, current=True) as reading:
                behind = await reading.connection.run(lambda connection: migrate.pending(connection, self._lineage))
            if behind:
                async with _Turn(self, file.path, writes=True, commits=False, current=True) as writing:
                    await self._upgrade(writing.connection)
            self._current.add(file.path)

    async def _upgrade(self, connection: SqliteConnection) -> None:
        """Migrate without foreign keys: a table that is made anew would take along what refers to the one before.

        SQLite cannot change that within a transaction (https://www.sqlite.org/lang_altertable.html#otheralter).
        """
        await connection.outside("PRAGMA foreign_keys=OFF")
        try:
            await connection.run(self._upgraded)
        finally:
            await connection.outside("PRAGMA foreign_keys=ON")

    def _upgraded(self, connection: sa.Connection) -> None:
        try:
            migrate.upgrade(connection, self._lineage)
            connection.commit()
        finally:
            connection.rollback()  # nothing after a commit

    async def lend(self, file: _File, *, writes: bool) -> SqliteConnection:
        """Lend a connection and a thread to one transaction. Raises Unavailable."""
        await self.take(self._places)
        self._lent += 1
        # The thread that was used last: what a connection was given there needs no waiting for.
        return self._connection(file, self._threads.pop(), writes=writes)

    def give_back(self, file: _File, connection: SqliteConnection) -> None:
        """Take a connection and its thread back once it has done what it was given."""
        file.users += 1  # until then
        if connection.abandoned:  # a cancelled statement may wait for a lock: nobody else should wait behind it
            connection.after(partial(self._given_back, file, connection))
        else:
            self._given_back(file, connection)

    def _connection(self, file: _File, thread: ThreadPoolExecutor, *, writes: bool) -> SqliteConnection:
        """Return an idle connection to a file, or a new one in place of the one that was idle longest."""
        connection = file.take(writes=writes)
        if connection is not None:
            del self._idle[connection]
        else:
            if self._lent + len(self._idle) > self._most:
                oldest, of = self._idle.popitem(last=False)
                of.idle.remove(oldest)
                oldest.close(thread)  # this thread opens the new one after it
                self._drop_unused(of)
            connection = SqliteConnection(self._engine, file.path, self._wait, thread, writes=writes)
        connection.thread = thread
        return connection

    def _given_back(self, file: _File, connection: SqliteConnection) -> None:
        connection.abandoned = False
        self._threads.append(connection.thread)
        self._places.release()
        self._lent -= 1
        if file.closed:
            connection.close(self._closer)
        else:
            file.idle.append(connection)
            self._idle[connection] = file
        self.release(file)

    async def take(self, places: asyncio.Semaphore) -> None:
        """Take a place, at once or after a while. Raises Unavailable."""
        if not places.locked():
            await places.acquire()
            return
        try:
            await asyncio.wait_for(places.acquire(), self._wait)
        except TimeoutError:
            raise Unavailable("records", "The record store is too busy just now.") from None


@final
class _Turn:
    """One transaction's turn on a file: the file held and current, a place among its readers or writers, a connection.

    A class and no generator: every request opens several.
    """

    __slots__ = ("_commits", "_connection", "_current", "_file", "_path", "_pool", "_single", "_writes")

    def __init__(
        self, pool: SqlitePool, path: Path, *, writes: bool, single: bool = False, commits: bool = True,
        current: bool = False,
    ) -> None:  # fmt: skip
        self._pool = pool
        self._path = path
        self._writes = writes
        self._single = single
        self._commits = writes and commits
        self._current = current
        """Whether the file is to be used as it is."""

    async def __aenter__(self) -> SqliteTransaction:
        file = self._file = self._pool.hold(self._path)
        entered = False
        try:
            if not self._current and not self._pool.current(self._path):
                await self._pool.migrate(file)
            await (file.writing.acquire() if self._writes else self._pool.take(file.readers))
            try:
                self._connection = await self._pool.lend(file, writes=self._writes)
                entered = True
            finally:
                if not entered:
                    self._places().release()
        finally:
            if not entered:
                self._pool.release(file)
        return SqliteTransaction(self._connection, single=self._single)

    def _places(self) -> asyncio.Lock | asyncio.Semaphore:
        return self._file.writing if self._writes else self._file.readers

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._commits and kind is None:
                await SqliteTransaction(self._connection).commit()
        finally:
            if not self._single:
                self._connection.forget()  # nothing is left to forget after a commit
            self._pool.give_back(self._file, self._connection)
            self._places().release()
            self._pool.release(self._file)
