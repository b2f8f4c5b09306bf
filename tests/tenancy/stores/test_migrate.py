"""Migrations: they make exactly the schema in the code, and bring older databases up to it."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tenancy.ids import TenantId, new_id
from tenancy.stores import schema
from tenancy.stores.databases import migrate
from tenancy.stores.databases.migrate import FOLDER, HEAD, VERSION_TABLES, SchemaUnknown
from tenancy.stores.databases.postgres import PostgresStore
from tenancy.stores.databases.sqlite import SqliteStore
from tests.tenancy.stores.cluster import Database

_METADATA = {"registry": schema.registry, "tenant": schema.tenant}


def _shape(connection: sa.Connection, tables: list[str]) -> dict[str, Any]:
    """Return everything that is said about the tables: columns, keys, indexes."""
    look = sa.inspect(connection)
    return {
        name: {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"], c["default"], c.get("autoincrement"))
                for c in look.get_columns(name)
            ],
            "primary": look.get_pk_constraint(name)["constrained_columns"],
            "foreign": sorted(
                (f["constrained_columns"], f["referred_table"], f["referred_columns"], f["options"])
                for f in look.get_foreign_keys(name)
            ),
            "unique": sorted(u["column_names"] for u in look.get_unique_constraints(name)),
            "indexes": sorted((str(i["name"]), i["column_names"], bool(i["unique"])) for i in look.get_indexes(name)),
        }
        for name in tables
    }


def _migrated(connection: sa.Connection, lineage: str) -> dict[str, Any]:
    migrate.upgrade(connection, lineage)
    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLES[lineage]})
    assert compare_metadata(context, _METADATA[lineage]) == []
    return _shape(connection, sorted(_METADATA[lineage].tables))


@pytest.mark.parametrize("lineage", HEAD)
def test_on_sqlite_migrations_make_the_schema_in_the_code(lineage: str) -> None:
    shapes = []
    for make in (_migrated, _created):
        with sa.create_engine("sqlite://").begin() as connection:
            shapes.append(make(connection, lineage))
    assert shapes[0] == shapes[1]


def _created(connection: sa.Connection, lineage: str) -> dict[str, Any]:
    _METADATA[lineage].create_all(connection)
    return _shape(connection, sorted(_METADATA[lineage].tables))


async def test_on_postgresql_migrations_make_the_schema_in_the_code(empty_database: Database) -> None:
    async def run(make: Callable[[sa.Connection, str], dict[str, Any]]) -> list[dict[str, Any]]:
        """Make both lineages, look at them, and leave nothing."""
        address = empty_database.owner.replace("postgresql://", "postgresql+asyncpg://")
        engine = create_async_engine(address, poolclass=NullPool)
        async with engine.connect() as connection, connection.begin() as transaction:
            found = [await connection.run_sync(make, lineage) for lineage in ("registry", "tenant")]
            await transaction.rollback()
        await engine.dispose()
        return found

    # compare_metadata takes the other lineage's tables for surplus: on one server only the shapes are compared
    assert await run(_upgraded) == await run(_created)


def _upgraded(connection: sa.Connection, lineage: str) -> dict[str, Any]:
    migrate.upgrade(connection, lineage)
    return _shape(connection, sorted(_METADATA[lineage].tables))


@pytest.mark.parametrize("lineage", HEAD)
def test_the_newest_revision_in_the_code_is_the_newest_in_the_folder(lineage: str) -> None:
    script = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / "versions" / lineage)])
    assert script.get_heads() == [HEAD[lineage]]


def test_a_database_at_the_newest_revision_is_left_alone() -> None:
    with sa.create_engine("sqlite://").begin() as connection:
        migrate.upgrade(connection, "tenant")
        said: list[str] = []
        sa.event.listen(connection, "before_cursor_execute", lambda *event: said.append(event[2]))
        migrate.upgrade(connection, "tenant")
    assert len(said) == 2
    assert not [statement for statement in said if not statement.startswith(("SELECT", "PRAGMA"))]


def _run_first_revision(connection: sa.Connection, lineage: str) -> None:
    script = ScriptDirectory(str(FOLDER), version_locations=[str(FOLDER / "versions" / lineage)])

    def steps(revision: Any, _context: Any) -> Any:  # noqa: ANN401 - as Alembic types it
        return script._upgrade_revs(str(script.get_base()), revision)  # noqa: SLF001 - what Alembic's own command calls

    context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLES[lineage], "fn": steps})
    context.run_migrations(op=Operations(context))


@pytest.mark.parametrize("lineage", HEAD)
def test_a_new_file_equals_one_that_took_every_revision(lineage: str) -> None:
    dumps = []
    for begin in (_run_first_revision, lambda *_: None):
        engine = sa.create_engine("sqlite://")
        with engine.begin() as connection:
            begin(connection, lineage)
            migrate.upgrade(connection, lineage)
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            dumps.append(list(driver.iterdump()))
        engine.dispose()
    assert dumps[0] == dumps[1]
    assert f"INSERT INTO \"{VERSION_TABLES[lineage]}\" VALUES('{HEAD[lineage]}');" in dumps[0]


@pytest.mark.parametrize("tenants", [0, 1])
def test_only_an_older_deployment_is_said_to_have_the_first_terms(tenants: int) -> None:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        _run_first_revision(connection, "registry")
        one = {"id": "ten_1", "name": "n", "name_key": "n", "status": "active", "plan": "free", "epoch": 1}
        row = {**one, "embedder": "minilm", "limits": "{}", "created_at": 0.0, "mac": b""}
        for _ in range(tenants):
            connection.execute(schema.tenants.insert().values(row))
        migrate.upgrade(connection, "registry")
        known = sa.select(schema.deployment.c.value).where(schema.deployment.c.key == "terms")
        assert connection.execute(known).scalars().all() == [b"1"] * tenants
    engine.dispose()


def _at_first_revision(path: Path) -> TenantId:
    """Make a tenant's file as the first revision left it, with a row in it."""
    tenant = TenantId(new_id("ten"))
    file = path / "tenants" / tenant / "records.db"
    file.parent.mkdir(parents=True)
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        _run_first_revision(connection, "tenant")
        columns = [column["name"] for column in sa.inspect(connection).get_columns("state")]
        then = {name: value for name, value in schema.NEW_STATE.items() if name in columns}
        assert then.keys() < schema.NEW_STATE.keys()
        connection.execute(schema.state.insert().values(tenant_id=tenant, **then | {"epoch": 4}))
        assert not sa.inspect(connection).has_table("jobs")
    engine.dispose()
    return tenant


async def test_an_older_file_is_migrated_when_it_is_opened_and_keeps_its_rows(folder: Path) -> None:
    tenant = _at_first_revision(folder)
    store = SqliteStore(folder)
    await store.start()
    async with store.tenant(tenant, writes=False) as db:
        row = (await db.execute(sa.select(schema.state))).one()
        assert (row.epoch, row.key_version, row.resealed) == (4, 1, 0)
        assert (await db.execute(sa.select(schema.jobs))).all() == []
    await store.close()
    with sa.create_engine(f"sqlite:///{folder}/tenants/{tenant}/records.db").connect() as connection:
        assert not migrate.pending(connection, "tenant")
        assert _shape(connection, ["jobs"]) is not None
        connection.engine.dispose()


_FIRST_BLOCK = sa.text("INSERT INTO blocks (tenant_id, version_id, ordinal, body) VALUES (:tenant, 'v', 0, :body)")


def _add_published(file: Path, tenant: TenantId) -> None:
    """Put a document with a chunk and its vector into a tenant's file of the first revision."""
    engine = sa.create_engine(f"sqlite:///{file}")
    document = {"id": "doc_1", "position": 1, "status": "ready", "latest_version": "v", "change": 0}
    version = {"id": "v", "document_id": "doc_1", "content_mac": b"m", "blob": "b", "size": 1, "body": b"x"}
    chunk = {"version_id": "v", "ordinal": 0, "id": "chk_1", "body": b"y"}
    with engine.begin() as connection:
        for table, row in ((schema.documents, document), (schema.versions, version), (schema.chunks, chunk)):
            connection.execute(table.insert().values(tenant_id=tenant, **row))
        connection.execute(_FIRST_BLOCK, {"tenant": tenant, "body": b"z"})
    engine.dispose()


async def test_a_table_made_anew_keeps_its_rows_and_what_refers_to_them(folder: Path) -> None:
    tenant = _at_first_revision(folder)
    _add_published(folder / "tenants" / tenant / "records.db", tenant)
    store = SqliteStore(folder)
    await store.start()
    async with store.tenant(tenant, writes=True) as db:
        (row,) = await db.execute(sa.select(schema.versions))
        assert (row.content_mac, row.blob, row.body) == (b"m", "b", b"x")
        assert len((await db.execute(sa.select(schema.chunks))).all()) == 1
        (block,) = await db.execute(sa.select(schema.blocks))
        assert (block.version_id, block.ordinal, block.body, block.embedder) == ("v", 0, b"z", "minilm")
        assert (await db.execute(sa.select(schema.state.c.embedder))).scalar_one() == "minilm"
        same = {"tenant_id": tenant, "document_id": "doc_1", "content_mac": b"m", "blob": "c", "size": 1, "body": b"x"}
        await db.execute(schema.versions.insert().values(id="w", **same))
        await db.execute(sa.delete(schema.documents))
        for table in (schema.versions, schema.chunks, schema.blocks):
            assert (await db.execute(sa.select(table))).all() == []
    await store.close()


async def test_a_file_of_a_newer_version_is_refused_and_left_as_it_is(folder: Path) -> None:
    store = SqliteStore(folder)
    await store.start()
    tenant = TenantId(new_id("ten"))
    await store.create(tenant)
    await store.close()
    path = folder / "tenants" / tenant / "records.db"
    _stamp(path)
    again = SqliteStore(folder)
    await again.start()
    for _ in range(2):
        with pytest.raises(SchemaUnknown, match="t9999"):
            async with again.tenant(tenant, writes=True):
                pass
    await again.close()
    file = sqlite3.connect(path)
    assert file.execute("SELECT version_num FROM alembic_tenant").fetchall() == [("t9999",)]
    file.close()


def _stamp(path: Path) -> None:
    file = sqlite3.connect(path)
    file.execute("UPDATE alembic_tenant SET version_num = 't9999'")
    file.commit()
    file.close()


@pytest.mark.parametrize("lineage", HEAD)
async def test_a_server_of_a_newer_version_is_refused(empty_database: Database, lineage: str) -> None:
    store = PostgresStore(empty_database.owner)
    await store.start()
    versions = sa.table(VERSION_TABLES[lineage], sa.column("version_num"))
    await empty_database.execute(versions.update().values(version_num="x9999"))
    with pytest.raises(SchemaUnknown, match="x9999"):
        await store.start()
    await store.close()


async def test_many_processes_that_start_at_once_migrate_once(empty_database: Database) -> None:
    stores = [PostgresStore(empty_database.owner) for _ in range(4)]
    await asyncio.gather(*(store.start() for store in stores))
    assert await empty_database.execute("SELECT version_num FROM alembic_tenant") == [(HEAD["tenant"],)]
    for store in stores:
        await store.close()


async def test_many_files_may_migrate_at_once(folder: Path) -> None:
    store = SqliteStore(folder)
    await store.start()
    tenants = [TenantId(new_id("ten")) for _ in range(8)]
    await asyncio.gather(*(store.create(tenant) for tenant in tenants))
    for tenant in tenants:
        async with store.tenant(tenant, writes=False) as db:
            assert (await db.execute(sa.select(schema.state.c.tenant_id))).scalars().all() == [tenant]
    await store.close()
