"""A Qdrant stand-in with processes of a deployment on it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from tenancy.index.pool import AwakePool
from tenancy.index.qdrant_calls import connecting
from tenancy.index.qdrant_jwt import ServerKey
from tenancy.index.server import Names, QdrantServer
from tenancy.stores.databases.sqlite import SqliteStore
from tests.standins.qdrant_server import StandIn, running
from tests.tenancy.index.shelf import Shelf

API_KEY = "a key that only the server and we know"
Start = Callable[..., QdrantServer]


@pytest.fixture
def qdrant() -> Iterator[StandIn]:
    """Run a server that holds tokens to the rules."""
    with running(API_KEY) as stand_in:
        yield stand_in


@pytest.fixture
async def start(qdrant: StandIn) -> AsyncIterator[Start]:
    """Start processes of one deployment on it."""
    started: list[QdrantServer] = []

    def begin(names: bytes = b"n" * 32, clock: Callable[[], float] = lambda: 1_000_000.0) -> QdrantServer:
        started.append(QdrantServer(connecting(qdrant.url), ServerKey(API_KEY), Names(names), clock))
        return started[-1]

    yield begin
    for server in started:
        await server.close()


@pytest.fixture
async def new_shelf(start: Start, store: SqliteStore) -> AsyncIterator[Callable[[], Awaitable[Shelf]]]:
    """Make fresh tenants on one process's pool."""
    server = start()
    pool = AwakePool(server.make, most_bytes=1 << 30, most_bytes_tenant=1 << 30, expel=server.expel)
    yield lambda: Shelf.create(store, pool)
    await pool.close()
