"""Deployments and tenants for the tests of tenancy."""

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tenancy.stores.databases.postgres import PostgresStore
from tests.tenancy.building import House, Resident, fresh_folder, house
from tests.tenancy.stores.cluster import Cluster, Database, cluster


@pytest.fixture
def folder() -> Iterator[Path]:
    """Yield a folder that is removed afterwards."""
    made = fresh_folder()
    yield made
    shutil.rmtree(made)


@pytest.fixture
async def home(folder: Path) -> AsyncIterator[House]:
    """Yield a deployment without tenants."""
    async with house(folder) as opened:
        yield opened


@pytest.fixture
async def a(home: House) -> Resident:
    """Return tenant A."""
    return await home.settle("Alder & Sons")


@pytest.fixture
async def b(home: House) -> Resident:
    """Return tenant B, A's twin."""
    return await home.settle("Birch & Sons")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """Run a PostgreSQL server for these tests."""
    with cluster() as running:
        yield running


@pytest.fixture
def empty_database(postgres: Cluster) -> Iterator[Database]:
    """Yield an empty database whose owner may make roles and is no superuser."""
    made = postgres.create()
    yield made
    postgres.drop(made)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def migrated(postgres: Cluster) -> Database:
    """Return a database as the store leaves it when it starts, to be copied."""
    made = postgres.create()
    store = PostgresStore(made.owner)
    await store.start()
    await store.close()
    return made


@pytest.fixture
def database(postgres: Cluster, migrated: Database) -> Iterator[Database]:
    """Yield a database of the test's own, without rows; to copy one takes a quarter of what migrating it takes."""
    made = postgres.copy(migrated)
    yield made
    postgres.drop(made)
