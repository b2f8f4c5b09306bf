"""Records in SQLite: one file for each tenant, one for the registry.

A tenant's file is opened only if it exists: naming an unknown tenant creates nothing. Pages that are freed are overwritten.
"""

import asyncio
import shutil
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, final
from urllib.parse import quote

import aiosqlite
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from tenancy.errors import NotFound, Unavailable
from tenancy.ids import TenantId, well_formed
from tenancy.stores import schema
from tenancy.stores.databases import migrate

_OPEN_FILES: Final = 256
_PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA secure_delete=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=10000",
)


def _engine(path: Path) -> AsyncEngine:
    """Return an engine on an existing file whose transactions begin as the caller says: reading or writing."""
    address = f"file:{quote(str(path))}?mode=rw"
    engine = create_async_engine(
        "sqlite+aiosqlite:///tenant",  # names no file: the creator below opens the one there is
        async_creator=lambda: aiosqlite.connect(address, uri=True, isolation_level=None),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=1,
        max_overflow=8,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in _PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@final
class _File:
    """One database file in use; its writers queue here instead of spinning on SQLite's lock."""

    def __init__(self, path: Path) -> None:
        self.engine = _engine(path)
        self.writing = asyncio.Lock()
        self.users = 0


@final
class SqliteStore:
    """The record store of the embedded mode."""

    dialect: Final = "sqlite"

    def __init__(self, folder: Path) -> None:
        """Keep the registry and the tenants' files below `folder`."""
        self._folder = folder
        self._files: OrderedDict[Path, _File] = OrderedDict()
        self._opening: dict[Path, asyncio.Lock] = {}

    async def start(self) -> None:
        """Create or migrate the registry."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / "tenants").mkdir(mode=0o700, exist_ok=True)
        (self._folder / "registry.db").touch(mode=0o600)
        async with self._use(self._folder / "registry.db", "registry", writes=False) as connection:
            await connection.execute(sa.text("SELECT 1"))

    async def close(self) -> None:
        """Close every file."""
        while self._files:
            _, file = self._files.popitem()
            await file.engine.dispose()

    def tenant_folder(self, tenant: TenantId) -> Path:
        """Return the tenant's own folder; NotFound for anything that is not a tenant's id."""
        if not well_formed(tenant, "ten"):
            raise NotFound
        return self._folder / "tenants" / tenant

    @asynccontextmanager
    async def registry(self, *, writes: bool) -> AsyncIterator[AsyncConnection]:
        """Open one short transaction on the registry."""
        async with self._use(self._folder / "registry.db", "registry", writes=writes) as connection:
            yield connection

    @asynccontextmanager
    async def tenant(self, tenant: TenantId, *, writes: bool) -> AsyncIterator[AsyncConnection]:
        """Open one short transaction on the tenant's file; NotFound if it has none."""
        path = self.tenant_folder(tenant) / "records.db"
        if path not in self._files and not path.exists():
            raise NotFound
        async with self._use(path, "tenant", writes=writes) as connection:
            yield connection

    async def create(self, tenant: TenantId) -> None:
        """Make the tenant's file with all its tables; an existing one is an error."""
        folder = self.tenant_folder(tenant)
        folder.mkdir(mode=0o700)
        (folder / "records.db").touch(mode=0o600, exist_ok=False)
        async with self.tenant(tenant, writes=False) as connection:
            await connection.execute(sa.text("SELECT 1"))

    async def destroy(self, tenant: TenantId) -> None:
        """Remove the tenant's file with everything in it; nothing to do if it is gone."""
        path = self.tenant_folder(tenant) / "records.db"
        file = self._files.pop(path, None)
        if file is not None:
            async with file.writing:
                await file.engine.dispose()
        await asyncio.to_thread(shutil.rmtree, path.parent, ignore_errors=not path.parent.exists())

    async def purge(self, tenant: TenantId, *, keep: tuple[str, ...]) -> None:
        """Remove every row of a tenant but those of the tables in `keep`, and give the file back its free pages."""
        async with self.tenant(tenant, writes=True) as connection:
            for table in reversed(schema.tenant.sorted_tables):
                if table.name not in keep:
                    await connection.execute(sa.delete(table))
        file = self._files[self.tenant_folder(tenant) / "records.db"]
        async with file.writing, file.engine.connect() as connection:
            raw = await connection.get_raw_connection()
            for statement in ("VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"):
                await raw.driver_connection.execute(statement)  # type: ignore[union-attr]  # aiosqlite's own connection

    @asynccontextmanager
    async def _use(self, path: Path, lineage: str, *, writes: bool) -> AsyncIterator[AsyncConnection]:
        file = await self._open(path, lineage)
        file.users += 1
        try:
            if writes:
                async with file.writing, _transaction(file.engine, writes=True) as connection:
                    yield connection
            else:
                async with _transaction(file.engine, writes=False) as connection:
                    yield connection
        finally:
            file.users -= 1
        await self._close_idle()

    async def _open(self, path: Path, lineage: str) -> _File:
        file = self._files.get(path)
        if file is not None:
            self._files.move_to_end(path)
            return file
        async with self._opening.setdefault(path, asyncio.Lock()):
            if path not in self._files:
                file = _File(path)
                async with _transaction(file.engine, writes=True) as connection:
                    await connection.run_sync(migrate.upgrade, lineage)
                self._files[path] = file
            self._opening.pop(path, None)
            return self._files[path]

    async def _close_idle(self) -> None:
        for path in list(self._files)[: max(0, len(self._files) - _OPEN_FILES)]:
            file = self._files[path]
            if file.users == 0:
                del self._files[path]
                await file.engine.dispose()


@asynccontextmanager
async def _transaction(engine: AsyncEngine, *, writes: bool) -> AsyncIterator[AsyncConnection]:
    try:
        async with engine.connect() as connection:
            await connection.execution_options(writes=writes)
            async with connection.begin():
                yield connection
    except OperationalError as error:
        # The driver's text names tables and files, never values: parameters are kept out of it.
        raise Unavailable("records", "The record store cannot take this request just now.") from error
