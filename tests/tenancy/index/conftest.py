"""Fresh stores, and folders in memory for collections."""

import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tenancy.ids import TenantId
from tenancy.index.collection import Shape
from tenancy.index.embedded import EmbeddedCollection
from tenancy.index.folder import default_root
from tenancy.index.pool import AwakePool, Lacks, endless
from tenancy.stores.databases.sqlite import SqliteStore
from tests.tenancy.index.shelf import Shelf, embedded_pool
from tests.tenancy.index.watched import Events, Watched


@pytest.fixture
def memory() -> Iterator[Path]:
    """Give a folder where collections belong: in memory, where the machine has such a place."""
    folder = default_root().with_name(f"bulkhead-test-{secrets.token_hex(6)}")
    folder.mkdir(mode=0o700)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    """Give an empty record store."""
    made = SqliteStore(tmp_path / "data")
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def pool(memory: Path) -> AsyncIterator[AwakePool]:
    """Give a pool of embedded collections."""
    made = embedded_pool(memory)
    yield made
    await made.close()


@pytest.fixture
def new_shelf(store: SqliteStore, pool: AwakePool) -> Callable[[], Awaitable[Shelf]]:
    """Make fresh tenants on one store and one pool."""
    return lambda: Shelf.create(store, pool)


@pytest.fixture
async def shelf(new_shelf: Callable[[], Awaitable[Shelf]]) -> Shelf:
    """Give a fresh tenant."""
    return await new_shelf()


@pytest.fixture
def events() -> Events:
    """Give the watch over the collections of this test."""
    return Events()


@pytest.fixture
def watched(store: SqliteStore, memory: Path, events: Events) -> Callable[..., Awaitable[Shelf]]:
    """Make tenants on one pool of watched collections with the given bounds."""
    pools: list[AwakePool] = []

    async def make(_tenant: TenantId, shape: Shape) -> Watched:
        events.made += 1
        return Watched(await EmbeddedCollection.create(memory / f"c{events.made}", shape.dimension), events)

    async def new(
        most: int = 1 << 30, most_tenant: int = 1 << 30, count: int = 1 << 30, lacks: Lacks = endless
    ) -> Shelf:
        if not pools:
            pools.append(AwakePool(make, most_bytes=most, most_bytes_tenant=most_tenant, most=count, lacks=lacks))
        return await Shelf.create(store, pools[0])

    return new
