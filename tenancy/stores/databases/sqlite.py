"""Records in SQLite: one file for each tenant, one for the registry.

A tenant's file is opened only if it exists: naming an unknown tenant creates nothing. Pages that are freed are
overwritten.
"""

import asyncio
import shutil
import sqlite3
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final, final

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, ProgrammingError
from sqlalchemy.pool import NullPool

from tenancy.errors import NotFound, Unavailable
from tenancy.ids import TenantId, well_formed
from tenancy.stores import schema
from tenancy.stores.databases import migrate
from tenancy.stores.databases.sqlite_connection import SqliteConnection, SqliteTransaction
from tenancy.stores.databases.store import Transaction

_OPEN_FILES: Final = 256
_READERS: Final = 8
_WAIT_SECONDS: Final = 10.0


@final
class _File:
    """One database file in use; its writers queue here instead of spinning on SQLite's lock."""

    def __init__(self, engine: sa.Engine, path: Path, wait_seconds: float) -> None:
        self._engine = engine
        self._path = path
        self._wait = wait_seconds
        self._idle: list[SqliteConnection] = []
        self._free = asyncio.Semaphore(_READERS)
        self._writer = SqliteConnection(engine, path, wait_seconds, writes=True)
        self._writing = asyncio.Lock()
        self._closed = False
        self.users = 0

    @asynccontextmanager
    async def _reader(self, *, single: bool = False) -> AsyncIterator[SqliteConnection]:
        """Lend a connection that cannot write to one transaction, which ends with the block or with its statement."""
        if self._free.locked():
            try:
                await asyncio.wait_for(self._free.acquire(), self._wait)
            except TimeoutError:
                raise Unavailable("records", "The record store is too busy just now.") from None
        else:
            await self._free.acquire()
        idle = self._idle.pop() if self._idle else None
        connection = idle or SqliteConnection(self._engine, self._path, self._wait, writes=False)
        try:
            yield connection
        finally:
            if not single:
                connection.forget()
            self._free.release()
            if self._closed:
                await connection.close()
            else:
                self._idle.append(connection)

    @asynccontextmanager
    async def reading(self, *, single: bool) -> AsyncIterator[Transaction]:
        """Open a transaction that sees one state of the file."""
        async with self._reader(single=single) as connection:
            yield SqliteTransaction(connection, single=single)

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Transaction]:
        """Open the one transaction that writes."""
        async with self._writing:
            transaction = SqliteTransaction(self._writer)
            try:
                yield transaction
                await transaction.commit()
            finally:
                self._writer.forget()  # nothing is left to forget after a commit

    async def migrate(self, lineage: str) -> None:
        """Bring the file to the current schema, taking the write lock only if something is missing."""
        async with self._reader() as reader:
            behind = await reader.run(lambda connection: migrate.pending(connection, lineage))
        if not behind:
            return

        def upgrade(connection: sa.Connection) -> None:
            migrate.upgrade(connection, lineage)
            connection.commit()

        async with self._writing:
            try:
                await self._writer.run(upgrade)
            finally:
                self._writer.forget()

    async def shrink(self) -> None:
        """Give back free pages and the log that still holds what stood on them."""
        async with self._writing:
            await self._writer.outside("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Close every connection: the writer's after what it is writing, a reader's in use when it is given back."""
        self._closed = True
        async with self._writing:
            await self._writer.close()
        while self._idle:
            await self._idle.pop().close()


@final
class SqliteStore:
    """The record store of the embedded mode."""

    def __init__(self, folder: Path, *, open_files: int = _OPEN_FILES, wait_seconds: float = _WAIT_SECONDS) -> None:
        """Keep the registry and the tenants' files below `folder`, `open_files` of them open between transactions.

        A transaction waits at most `wait_seconds` for a connection, and as long for another process's write lock.
        """
        self._folder = folder
        self._most = open_files
        self._wait = wait_seconds
        self._registry = folder / "registry.db"
        # It compiles statements for every file, once; values never are part of what is compiled.
        self._engine = sa.create_engine("sqlite://", poolclass=NullPool, hide_parameters=True)
        self._files: OrderedDict[Path, _File] = OrderedDict()
        self._opening: dict[Path, asyncio.Lock] = {}

    async def start(self) -> None:
        """Create or migrate the registry."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / "tenants").mkdir(mode=0o700, exist_ok=True)
        self._registry.touch(mode=0o600)
        await asyncio.to_thread(lambda: self._engine.connect().close())  # the dialect learns what this SQLite can do
        with _mapped():
            await self._open(self._registry, "registry")

    async def close(self) -> None:
        """Close every file."""
        while self._files:
            _, file = self._files.popitem()
            await file.close()

    def tenant_folder(self, tenant: TenantId) -> Path:
        """Return the tenant's own folder; NotFound for anything that is not a tenant's id."""
        if not well_formed(tenant, "ten"):
            raise NotFound
        return self._folder / "tenants" / tenant

    async def listed(self) -> dict[str, float]:
        """Return every folder of a tenant's records and when it was made or last emptied, in epoch seconds."""
        folder = self._folder / "tenants"
        return await asyncio.to_thread(lambda: {path.name: path.stat().st_mtime for path in folder.iterdir()})

    def _records(self, tenant: TenantId) -> Path:
        return self.tenant_folder(tenant) / "records.db"

    @asynccontextmanager
    async def registry(self, *, writes: bool, single: bool = False) -> AsyncIterator[Transaction]:
        """Open one short transaction on the registry."""
        async with self._use(self._registry, "registry", writes=writes, single=single) as transaction:
            yield transaction

    @asynccontextmanager
    async def tenant(self, tenant: TenantId, *, writes: bool, single: bool = False) -> AsyncIterator[Transaction]:
        """Open one short transaction on the tenant's file; NotFound if it has none."""
        path = self._records(tenant)
        if path not in self._files and not path.exists():
            raise NotFound
        async with self._use(path, "tenant", writes=writes, single=single) as transaction:
            yield transaction

    async def create(self, tenant: TenantId) -> None:
        """Make the tenant's file with all its tables and its counters; an existing one is an error."""
        folder = self.tenant_folder(tenant)
        folder.mkdir(mode=0o700)
        self._records(tenant).touch(mode=0o600, exist_ok=False)
        async with self.tenant(tenant, writes=True) as transaction:
            await transaction.execute(schema.state.insert().values(tenant_id=tenant, **schema.NEW_STATE))

    async def destroy(self, tenant: TenantId) -> None:
        """Remove the tenant's file with everything in it; nothing to do if it is gone."""
        path = self._records(tenant)
        file = self._files.pop(path, None)
        if file is not None:
            await file.close()
        await asyncio.to_thread(shutil.rmtree, path.parent, ignore_errors=not path.parent.exists())

    async def purge(self, tenant: TenantId, *, keep: tuple[str, ...]) -> None:
        """Remove every row of a tenant but those of the tables in `keep`, and give the file back its free pages."""
        async with self.tenant(tenant, writes=True) as transaction:
            for table in reversed(schema.tenant.sorted_tables):
                if table.name not in keep:
                    await transaction.execute(sa.delete(table))
        with _mapped():
            await (await self._open(self._records(tenant), "tenant")).shrink()

    @asynccontextmanager
    async def _use(self, path: Path, lineage: str, *, writes: bool, single: bool) -> AsyncIterator[Transaction]:
        with _mapped():
            file = self._files.get(path) or await self._open(path, lineage)
            self._files.move_to_end(path)
            file.users += 1
            try:
                async with file.writing() if writes else file.reading(single=single) as transaction:
                    yield transaction
            finally:
                file.users -= 1
        if len(self._files) > self._most:
            await self._close_idle()

    async def _open(self, path: Path, lineage: str) -> _File:
        async with self._opening.setdefault(path, asyncio.Lock()):
            if path not in self._files:
                file = _File(self._engine, path, self._wait)
                current = False
                try:
                    await file.migrate(lineage)
                    current = True
                finally:
                    if not current:
                        await file.close()
                self._files[path] = file
            self._opening.pop(path, None)
            return self._files[path]

    async def _close_idle(self) -> None:
        for path in list(self._files)[: max(0, len(self._files) - self._most)]:
            file = self._files[path]
            if file.users == 0:
                del self._files[path]
                await file.close()


@contextmanager
def _mapped() -> Iterator[None]:
    """Turn a database that cannot be used just now into Unavailable; a wrong statement stays what it is."""
    try:
        yield
    except (IntegrityError, ProgrammingError, DataError):
        raise
    except (DatabaseError, sqlite3.DatabaseError) as error:
        # The driver's text names tables and files, never values: parameters are kept out of it.
        raise Unavailable("records", "The record store cannot take this request just now.") from error
