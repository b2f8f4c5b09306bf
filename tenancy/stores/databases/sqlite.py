"""Records in SQLite: one file for each tenant, one for the registry.

A tenant's file is opened only if it exists: naming an unknown tenant creates nothing. Pages that are freed are
overwritten.
"""

import asyncio
import shutil
import sqlite3
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
from tenancy.stores.databases.sqlite_pool import SqlitePool
from tenancy.stores.databases.store import Transaction

_THREADS: Final = 16
_CONNECTIONS: Final = 128
"""Each takes up to three descriptors: the file, its log, and the log's index."""
_REGISTRY_THREADS: Final = 9  # as many as read at a time, and one that writes
_WAIT_SECONDS: Final = 10.0


@final
class SqliteStore:
    """The record store of the embedded mode."""

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = _THREADS,
        connections: int = _CONNECTIONS,
        wait_seconds: float = _WAIT_SECONDS,
    ) -> None:
        """Keep the registry and the tenants' files below `folder`.

        At most `threads` transactions on tenants' files run at a time, with `connections` open in all. A transaction
        waits at most `wait_seconds` for its turn, and as long for another process's write lock.
        """
        self._folder = folder
        self._registry_file = folder / "registry.db"
        # It compiles statements for every file, once; values never are part of what is compiled.
        self._engine = sa.create_engine("sqlite://", poolclass=NullPool, hide_parameters=True)
        # A tenant's transaction may wait for one on the registry: neither uses up what the other needs.
        bounds = {"wait_seconds": wait_seconds}
        self._registry = SqlitePool(
            self._engine, "registry", threads=_REGISTRY_THREADS, connections=_REGISTRY_THREADS, **bounds
        )
        self._tenants = SqlitePool(self._engine, "tenant", threads=threads, connections=connections, **bounds)

    async def start(self) -> None:
        """Create or migrate the registry."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / "tenants").mkdir(mode=0o700, exist_ok=True)
        self._registry_file.touch(mode=0o600)
        await asyncio.to_thread(lambda: self._engine.connect().close())  # the dialect learns what this SQLite can do
        async with self.registry(writes=False):
            pass

    async def close(self) -> None:
        """Close every file."""
        await self._tenants.close()
        await self._registry.close()

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
        async with _use(self._registry, self._registry_file, writes=writes, single=single) as transaction:
            yield transaction

    @asynccontextmanager
    async def tenant(self, tenant: TenantId, *, writes: bool, single: bool = False) -> AsyncIterator[Transaction]:
        """Open one short transaction on the tenant's file; NotFound if it has none."""
        path = self._records(tenant)
        if not self._tenants.holds(path) and not path.exists():
            raise NotFound
        async with _use(self._tenants, path, writes=writes, single=single) as transaction:
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
        await self._tenants.close_file(path)
        await asyncio.to_thread(shutil.rmtree, path.parent, ignore_errors=not path.parent.exists())

    async def purge(self, tenant: TenantId, *, keep: tuple[str, ...]) -> None:
        """Remove every row of a tenant but those of the tables in `keep`, and give the file back its free pages."""
        async with self.tenant(tenant, writes=True) as transaction:
            for table in reversed(schema.tenant.sorted_tables):
                if table.name not in keep:
                    await transaction.execute(sa.delete(table))
        with _mapped():
            await self._tenants.shrink(self._records(tenant))


@asynccontextmanager
async def _use(pool: SqlitePool, path: Path, *, writes: bool, single: bool) -> AsyncIterator[Transaction]:
    with _mapped():
        async with pool.writing(path) if writes else pool.reading(path, single=single) as transaction:
            yield transaction


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
