"""Records in PostgreSQL: one set of tables, a wall of forced row security around each tenant's rows.

Rules this module enforces:

* The owner migrates and provisions, at start; every other connection runs under `bulkhead_app`, which owns nothing.
* A transaction names its tenant first, for itself only; without a tenant no tenant's row can be seen or written.
* Where the catalogue shows a gap in the wall, the store refuses to start.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Final, final

import asyncpg
import sqlalchemy as sa
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, ProgrammingError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from tenancy.errors import NotFound, ServiceError, Unavailable
from tenancy.ids import TenantId, well_formed
from tenancy.stores import schema
from tenancy.stores.databases import catalogue, migrate
from tenancy.stores.databases.migrations.row_security import APP_ROLE
from tenancy.stores.databases.store import Transaction

_CONNECT_SECONDS: Final = 5.0
_CONNECTIONS: Final = 10
_MORE_CONNECTIONS: Final = 20
_WAIT_SECONDS: Final = 10.0
_SETTINGS: Final = {
    "application_name": "bulkhead",
    "jit": "off",  # short statements: compiling one costs more than running it
    "lock_timeout": "10s",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "row_security": "on",
}
_MIGRATING: Final = 0x62756C6B  # the advisory lock under which one process at a time migrates


class WallMissing(ServiceError):
    """PostgreSQL's catalogue shows rows that are not walled in; nothing is served from it."""

    status = 503
    code = "wall_missing"
    title = "A wall around the records is missing"


class CannotMigrate(ServiceError):
    """The database needs its owner, and the URL names somebody else."""

    status = 503
    code = "cannot_migrate"
    title = "The records cannot be migrated"


@final
class PostgresStore:
    """The record store of a deployment with several processes."""

    def __init__(self, url: str, owner_url: str | None = None) -> None:
        """Connect to `url` for data and, if given, to `owner_url` for migrations; without it `url` is the owner's.

        Both are `postgresql://` URLs. A connection of the owner that serves data takes the application's role before
        its first statement.
        """
        self._url = _address(url)
        self._owner_url = None if owner_url is None else _address(owner_url)
        settings = _SETTINGS if self._url.username == APP_ROLE else _SETTINGS | {"role": APP_ROLE}
        self._engine = create_async_engine(
            self._url,
            pool_size=_CONNECTIONS,
            max_overflow=_MORE_CONNECTIONS,
            pool_timeout=_WAIT_SECONDS,
            hide_parameters=True,
            connect_args={"timeout": _CONNECT_SECONDS, "server_settings": settings},
        )
        self._writer = self._engine.execution_options(isolation_level="READ COMMITTED")
        self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    async def start(self) -> None:
        """Migrate if something is missing, then look every wall over; CannotMigrate or WallMissing."""
        owner = create_async_engine(
            self._owner_url or self._url,
            poolclass=NullPool,
            hide_parameters=True,
            connect_args={"timeout": _CONNECT_SECONDS, "server_settings": {"application_name": "bulkhead migration"}},
        )
        try:
            async with _opened(owner) as connection:
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_MIGRATING)))
                await connection.run_sync(_prepare)
        except ProgrammingError as error:
            raise CannotMigrate(
                "The records need a migration, and the database's user may not create tables and roles. Set "
                "BULKHEAD_DATABASE_OWNER_URL to the owner's URL."
            ) from error
        finally:
            await owner.dispose()
        async with self.registry(writes=False) as transaction:
            found = await catalogue.gaps(transaction)
        if found:
            raise WallMissing("Nothing is served from this database: " + "; ".join(found))

    async def close(self) -> None:
        """Close every connection."""
        await self._engine.dispose()

    @asynccontextmanager
    async def registry(self, *, writes: bool, single: bool = False) -> AsyncIterator[Transaction]:  # noqa: ARG002 - one statement is a transaction like any other
        """Open one short transaction on the registry; no tenant's row can be seen in it."""
        async with _opened(self._writer if writes else self._reader) as connection:
            yield connection

    @asynccontextmanager
    async def tenant(self, tenant: TenantId, *, writes: bool, single: bool = False) -> AsyncIterator[Transaction]:  # noqa: ARG002 - likewise
        """Open one short transaction on the tenant's rows; NotFound if it has none."""
        _require_well_formed(tenant)
        async with _opened(self._writer if writes else self._reader) as connection:
            entered = sa.select(sa.func.bulkhead_enter(tenant, sa.literal(writes)))
            if not (await connection.execute(entered)).scalar_one():
                raise NotFound
            yield connection

    @asynccontextmanager
    async def _making(self, tenant: TenantId) -> AsyncIterator[AsyncConnection]:
        _require_well_formed(tenant)
        async with _opened(self._writer) as connection:
            await connection.execute(sa.select(sa.func.bulkhead_enter(tenant, sa.true())))
            yield connection

    async def listed(self) -> dict[str, float]:
        """Return nothing: without a tenant's name no tenant's row can be seen."""
        return {}

    async def create(self, tenant: TenantId) -> None:
        """Insert the tenant's counters, by which it is known to be there; an existing one is an error."""
        async with self._making(tenant) as connection:
            await connection.execute(schema.state.insert().values(tenant_id=tenant, **schema.NEW_STATE))

    async def destroy(self, tenant: TenantId) -> None:
        """Remove all rows of a tenant that never came into being; nothing to do if there are none."""
        async with self._making(tenant) as connection:
            await _delete(connection, tenant, keep=())

    async def purge(self, tenant: TenantId, *, keep: tuple[str, ...]) -> None:
        """Remove every row of a tenant but those of the tables in `keep`; the server's vacuum reuses their space.

        What lies there until then, or in a backup, is sealed under a key that is gone.
        """
        async with self.tenant(tenant, writes=True) as transaction:
            await _delete(transaction, tenant, keep)


def _prepare(connection: sa.Connection) -> None:
    """As the owner: migrate, and let the application's role be taken."""
    behind = [lineage for lineage in migrate.HEAD if migrate.pending(connection, lineage)]
    for lineage in behind:
        migrate.upgrade(connection, lineage)
        connection.execute(sa.text(f"GRANT SELECT ON {migrate.VERSION_TABLES[lineage]} TO {APP_ROLE}"))
    member = sa.select(sa.func.pg_has_role(sa.literal(APP_ROLE), "MEMBER"))
    if not connection.execute(member).scalar_one():
        connection.execute(sa.text(f"GRANT {APP_ROLE} TO CURRENT_USER"))


async def _delete(transaction: Transaction, tenant: TenantId, keep: tuple[str, ...]) -> None:
    for table in reversed(schema.tenant.sorted_tables):
        if table.name not in keep:
            await transaction.execute(sa.delete(table).where(table.c.tenant_id == tenant))


def _require_well_formed(tenant: TenantId) -> None:
    if not well_formed(tenant, "ten"):
        raise NotFound


def _address(url: str) -> sa.URL:
    """Return a URL for asyncpg; libpq's `sslmode` is understood."""
    parsed = sa.make_url(url).set(drivername="postgresql+asyncpg")
    query = dict(parsed.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    return parsed.set(query=query)


@asynccontextmanager
async def _opened(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Open one transaction; it commits at the end of the block and rolls back on an error."""
    with _mapped():
        connection = await _connected(engine)
        try:
            async with connection.begin():
                yield connection
        finally:
            await asyncio.shield(connection.close())


async def _connected(engine: AsyncEngine) -> AsyncConnection:
    try:
        return await engine.connect()
    except (OSError, NoConnectionFree, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise _unavailable() from error


@contextmanager
def _mapped() -> Iterator[None]:
    """Turn a server that cannot be used just now into Unavailable; a wrong statement stays what it is."""
    try:
        yield
    except (IntegrityError, ProgrammingError, DataError):
        raise
    except DBAPIError as error:
        raise _unavailable() from error


def _unavailable() -> Unavailable:
    # The driver's text names tables and addresses, never values: parameters are kept out of it.
    return Unavailable("records", "The record store cannot take this request just now.")
