"""PostgreSQL's own lock below ours: forced row security, whole keys, a role that owns nothing; and each one missed."""

from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, ProgrammingError

from tenancy.errors import NotFound, Unavailable
from tenancy.ids import TenantId, new_id
from tenancy.stores import schema
from tenancy.stores.databases import catalogue
from tenancy.stores.databases.postgres import CannotMigrate, PostgresStore, WallMissing
from tests.tenancy.stores.cluster import OWNER, Cluster, Database

pytestmark = pytest.mark.shows("postgres.walls", "evals.wall-results")

_ENTER = "SELECT set_config('bulkhead.tenant', '{}', true)"
_APP = "SET LOCAL ROLE bulkhead_app"


@pytest.fixture
async def walled(database: Database) -> AsyncIterator[PostgresStore]:
    """Yield a started store with tenants `one` and `two` in it."""
    store = PostgresStore(database.owner)
    await store.start()
    yield store
    await store.close()


@pytest.fixture
async def tenants(walled: PostgresStore) -> tuple[TenantId, TenantId]:
    """Return two tenants."""
    both = TenantId(new_id("ten")), TenantId(new_id("ten"))
    for tenant in both:
        await walled.create(tenant)
    return both


async def _gaps(store: PostgresStore) -> list[str]:
    async with store.registry(writes=False) as transaction:
        return await catalogue.gaps(transaction)


async def test_a_migrated_database_has_no_gap(walled: PostgresStore) -> None:
    assert await _gaps(walled) == []


async def test_only_the_named_registry_tables_span_tenants(walled: PostgresStore, database: Database) -> None:
    del walled
    open_tables = await database.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' "
        "AND NOT (relrowsecurity AND relforcerowsecurity)"
    )
    assert {name for (name,) in open_tables} == catalogue.SHARED
    assert {"tenants", "tenant_keys", "lookups", "lanes", "erasures", "deployment"} <= catalogue.SHARED


@pytest.mark.parametrize(
    ("breach", "named"),
    [
        ("ALTER TABLE chunks NO FORCE ROW LEVEL SECURITY", "table chunks has no forced row security"),
        ("ALTER TABLE jobs DISABLE ROW LEVEL SECURITY", "table jobs has no forced row security"),
        ("CREATE POLICY wide ON audit USING (true)", "table audit has other policies"),
        ("DROP POLICY own_tenant ON clients", "table clients has other policies"),
        ("CREATE TABLE notes (tenant_id text PRIMARY KEY)", "table notes has no forced row security"),
        ("CREATE VIEW everything AS SELECT * FROM documents", "everything is a view"),
        ("CREATE UNIQUE INDEX lone ON versions (content_mac)", "key lone of table versions"),
        ("ALTER TABLE versions ADD CONSTRAINT lone UNIQUE (blob)", "key lone of table versions"),
        (
            (
                "ALTER TABLE documents ADD CONSTRAINT lone UNIQUE (id); "
                "ALTER TABLE chunks ADD CONSTRAINT stray FOREIGN KEY (version_id) REFERENCES documents (id)"
            ),
            "key stray of table chunks",
        ),
        ("ALTER TABLE settings OWNER TO bulkhead_app", "role bulkhead_app owns tables"),
    ],
)
async def test_a_breach_is_found_and_the_store_refuses_to_start(
    walled: PostgresStore, database: Database, breach: str, named: str
) -> None:
    await database.execute(*breach.split("; "))
    assert any(named in gap for gap in await _gaps(walled))
    again = PostgresStore(database.owner)
    with pytest.raises(WallMissing, match=named):
        await again.start()
    await again.close()


async def test_a_role_that_passes_row_security_by_is_refused(
    walled: PostgresStore, database: Database, postgres: Cluster
) -> None:
    postgres.run("ALTER ROLE bulkhead_app BYPASSRLS")
    try:
        assert await _gaps(walled) == ["role bulkhead_app may pass row security by"]
        again = PostgresStore(database.owner)
        with pytest.raises(WallMissing, match="pass row security by"):
            await again.start()
        await again.close()
    finally:
        postgres.run("ALTER ROLE bulkhead_app NOBYPASSRLS")


@pytest.mark.parametrize("role", ["bulkhead_app", OWNER])
async def test_without_a_tenant_no_row_is_seen_or_written_by_anybody_the_wall_binds(
    walled: PostgresStore, tenants: tuple[TenantId, TenantId], database: Database, role: str
) -> None:
    del walled
    enter = f"SET LOCAL ROLE {role}"
    for table in schema.tenant.sorted_tables:
        assert await database.execute(enter, sa.select(table)) == []
    assert await database.execute(enter, "UPDATE state SET epoch = 9 RETURNING 1") == []
    row = schema.settings.insert().values(tenant_id=tenants[0], name="n", body=b"x")
    with pytest.raises(ProgrammingError, match="row-level security"):
        await database.execute(enter, row)
    empty = schema.settings.insert().values(tenant_id="", name="n", body=b"x")
    with pytest.raises(ProgrammingError, match="row-level security"):
        await database.execute(enter, _ENTER.format(""), empty)


async def test_another_tenants_rows_cannot_be_seen_changed_or_written(
    walled: PostgresStore, tenants: tuple[TenantId, TenantId]
) -> None:
    mine, theirs = tenants
    async with walled.tenant(mine, writes=True) as db:
        assert [row.tenant_id for row in await db.execute(sa.select(schema.state))] == [mine]
        moved = await db.execute(schema.state.update().values(epoch=7).returning(schema.state.c.tenant_id))
        assert list(moved.scalars()) == [mine]
        assert (await db.execute(sa.delete(schema.state).where(schema.state.c.tenant_id == theirs))).rowcount == 0

    async def write_theirs() -> None:
        async with walled.tenant(mine, writes=True) as db:
            await db.execute(schema.settings.insert().values(tenant_id=theirs, name="n", body=b"x"))

    with pytest.raises(ProgrammingError, match="row-level security"):
        await write_theirs()


@pytest.mark.shows("postgres.walls", without="row security")
async def test_without_row_security_the_same_statement_shows_the_foreign_row(
    walled: PostgresStore, tenants: tuple[TenantId, TenantId], database: Database
) -> None:
    await database.execute("ALTER TABLE state DISABLE ROW LEVEL SECURITY")
    async with walled.tenant(tenants[0], writes=False) as db:
        seen = {row.tenant_id for row in await db.execute(sa.select(schema.state))}
    assert seen == set(tenants)


async def test_a_stranger_can_neither_attach_to_nor_detect_a_row_by_its_key(
    walled: PostgresStore, tenants: tuple[TenantId, TenantId]
) -> None:
    mine, theirs = tenants
    document = {"id": "doc_1", "position": 1, "status": "queued", "latest_version": "v", "change": 0}
    version = {"id": "v", "document_id": "doc_1", "content_mac": b"m", "blob": "b", "size": 1, "body": b"x"}
    async with walled.tenant(theirs, writes=True) as db:
        await db.execute(schema.documents.insert().values(tenant_id=theirs, **document))

    async def attach() -> None:
        async with walled.tenant(mine, writes=True) as db:
            await db.execute(schema.versions.insert().values(tenant_id=mine, **version))

    with pytest.raises(DBAPIError, match="violates foreign key"):
        await attach()
    async with walled.tenant(mine, writes=True) as db:  # the same ids again: no key tells that they are taken
        await db.execute(schema.documents.insert().values(tenant_id=mine, **document))
        await db.execute(schema.versions.insert().values(tenant_id=mine, **version))


@pytest.mark.shows("postgres.walls", without="the tenant in the key")
async def test_with_a_key_that_lacks_the_tenant_the_stranger_attaches(
    walled: PostgresStore, tenants: tuple[TenantId, TenantId], database: Database
) -> None:
    mine, theirs = tenants
    await database.execute(
        "ALTER TABLE documents ADD CONSTRAINT lone UNIQUE (id)",
        "ALTER TABLE tombstones ADD CONSTRAINT stray FOREIGN KEY (document_id) REFERENCES documents (id)",
    )
    document = {"id": "doc_1", "position": 1, "status": "queued", "latest_version": "v", "change": 0}
    async with walled.tenant(theirs, writes=True) as db:
        await db.execute(schema.documents.insert().values(tenant_id=theirs, **document))
    async with walled.tenant(mine, writes=True) as db:
        made = await db.execute(schema.tombstones.insert().values(tenant_id=mine, document_id="doc_1", change=1))
        assert made.rowcount == 1


async def test_a_tenant_does_not_outlast_its_transaction(
    walled: PostgresStore, tenants: tuple[TenantId, TenantId]
) -> None:
    for writes in (True, False):
        async with walled.tenant(tenants[0], writes=writes) as db:
            assert len((await db.execute(sa.select(schema.state))).all()) == 1
        async with walled.registry(writes=writes) as db:  # the same pooled connection
            assert (await db.execute(sa.select(schema.state))).all() == []


async def test_data_connections_run_under_a_role_that_resetting_does_not_leave(walled: PostgresStore) -> None:
    async with walled.registry(writes=True) as db:
        assert (await db.execute(sa.text("SELECT current_user"))).scalar_one() == "bulkhead_app"
        await db.execute(sa.text("RESET ROLE"))
        assert (await db.execute(sa.text("SELECT current_user"))).scalar_one() == "bulkhead_app"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET body = ''", "TRUNCATE audit", "DROP TABLE audit", "CREATE TABLE mine (a int)",
        "UPDATE operations SET body = ''", "DELETE FROM operations", "DELETE FROM operations_end",
    ],
)  # fmt: skip
async def test_the_application_may_not_change_audit_entries_or_the_schema(
    walled: PostgresStore, tenants: tuple[TenantId, TenantId], statement: str
) -> None:
    async def run() -> None:
        async with walled.tenant(tenants[0], writes=True) as db:
            await db.execute(sa.text(statement))

    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        await run()


async def test_a_reading_transaction_cannot_write(walled: PostgresStore, tenants: tuple[TenantId, TenantId]) -> None:
    async def write() -> None:
        async with walled.tenant(tenants[0], writes=False) as db:
            await db.execute(schema.state.update().values(epoch=7))

    with pytest.raises(Unavailable):
        await write()


async def test_with_two_urls_the_owner_only_migrates(postgres: Cluster, walled: PostgresStore) -> None:
    del walled  # made the role
    postgres.run("ALTER ROLE bulkhead_app LOGIN")
    empty = postgres.create()
    try:
        alone = PostgresStore(empty.url("bulkhead_app"))
        with pytest.raises(CannotMigrate):
            await alone.start()
        both = PostgresStore(empty.url("bulkhead_app"), empty.owner)
        await both.start()
        async with both.registry(writes=False) as db:
            assert (await db.execute(sa.text("SELECT session_user"))).scalar_one() == "bulkhead_app"
        await alone.start()  # at the newest revision the owner is not needed
        await alone.close()
        await both.close()
    finally:
        postgres.drop(empty)
        postgres.run("ALTER ROLE bulkhead_app NOLOGIN")


async def test_a_superusers_url_works_and_serves_under_the_bound_role(database: Database) -> None:
    store = PostgresStore(database.superuser)
    await store.start()
    async with store.registry(writes=False) as db:
        assert (await db.execute(sa.text("SELECT current_user"))).scalar_one() == "bulkhead_app"
    await store.close()


async def test_an_unknown_tenant_is_not_found_and_not_created(walled: PostgresStore, database: Database) -> None:
    for asked in (new_id("ten"), "", "ten_x' OR true", "*"):
        with pytest.raises(NotFound):
            async with walled.tenant(TenantId(asked), writes=True):
                pass
    assert await database.execute(sa.select(schema.state)) == []


async def test_L08_a_server_that_is_down_is_unavailable_and_serves_again_when_it_returns(
    walled: PostgresStore, tenants: tuple[TenantId, TenantId], postgres: Cluster
) -> None:
    async def read() -> int:
        async with walled.tenant(tenants[0], writes=False) as db:
            return int((await db.execute(sa.select(schema.state.c.epoch))).scalar_one())

    assert await read() == 1
    postgres.stop()
    try:
        for _ in range(2):
            with pytest.raises(Unavailable) as refused:
                await read()
            assert refused.value.dependency == "records"
    finally:
        postgres.start()
    assert await read() == 1
