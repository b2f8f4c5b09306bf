"""One suite over both databases."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from tenancy.deployment.deletions import Deletions
from tenancy.ids import TenantId
from tenancy.stores.databases.postgres import PostgresStore
from tenancy.stores.databases.sqlite import SqliteStore
from tenancy.stores.databases.store import Store
from tests.tenancy.stores.cluster import Database, rows_of
from tests.tenancy.stores.rooms import Edit, Room, fresh_keys


@pytest.fixture(params=["sqlite", "postgresql"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Name the database under test."""
    return str(request.param)


@pytest.fixture
def on_server(engine_name: str, request: pytest.FixtureRequest) -> Database | None:
    """Return the server's database, if that is what is under test."""
    if engine_name == "sqlite":
        return None
    made = request.getfixturevalue("database")
    assert isinstance(made, Database)
    return made


@pytest.fixture
async def store(on_server: Database | None, folder: Path) -> AsyncIterator[Store]:
    """Yield a started store of either kind."""
    made: Store = SqliteStore(folder) if on_server is None else PostgresStore(on_server.owner)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def edit(on_server: Database | None, store: Store) -> Edit:
    """Return the hand of somebody who has the database: no role, no row security, no key."""

    async def in_file(tenant: TenantId, statement: sa.Executable) -> list[tuple[object, ...]]:
        async with store.tenant(tenant, writes=True) as db:
            return rows_of(await db.execute(statement))

    async def as_superuser(_tenant: TenantId, statement: sa.Executable) -> list[tuple[object, ...]]:
        assert on_server is not None
        return await on_server.execute(statement)

    return in_file if on_server is None else as_superuser


async def _room(store: Store, edit: Edit, folder: Path) -> Room:
    room = Room(store, fresh_keys(), edit, Deletions(folder / "deletions"))
    await store.create(room.tenant)
    return room


@pytest.fixture
async def a(store: Store, edit: Edit, folder: Path) -> Room:
    """Return tenant A's records."""
    return await _room(store, edit, folder)


@pytest.fixture
async def b(store: Store, edit: Edit, folder: Path) -> Room:
    """Return tenant B's records."""
    return await _room(store, edit, folder)
