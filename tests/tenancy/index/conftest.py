"""Fresh stores, and folders in memory for collections."""

import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from tenancy.index.folder import default_root
from tenancy.index.pool import AwakePool
from tenancy.stores.databases.sqlite import SqliteStore
from tests.tenancy.index.shelf import Shelf, embedded_pool


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
