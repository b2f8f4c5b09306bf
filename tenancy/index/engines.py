"""The two engines that hold awake collections, opened and closed with the process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Never

from tenancy.errors import Unavailable
from tenancy.ids import TenantId
from tenancy.index.collection import Shape
from tenancy.index.embedded import EmbeddedCollection
from tenancy.index.folder import IndexFolder
from tenancy.index.pool import Expel, MakeCollection


@dataclass(frozen=True, slots=True)
class Engine:
    """What a pool of awake collections needs; `check` raises Unavailable when the engine does not answer."""

    make: MakeCollection
    expel: Expel
    check: Callable[[], Awaitable[None]]


@asynccontextmanager
async def embedded_engine(root: Path, *, accept_disk: bool) -> AsyncIterator[Engine]:
    """Open Qdrant's engine in this process, below `root`; IndexOnDisk where that is not memory."""
    folder = IndexFolder(root, accept_disk=accept_disk)

    async def make(_tenant: TenantId, shape: Shape) -> EmbeddedCollection:
        return await EmbeddedCollection.create(folder.fresh(), shape.dimension)

    async def expel(_tenant: TenantId) -> None:
        """Do nothing: other processes' shards are theirs, and their doors refuse the tenant."""

    try:
        yield Engine(make, expel, folder.answer)
    finally:
        folder.close()


def no_engine() -> Engine:
    """Return what stands for an engine in a process that searches nothing: all of it is Unavailable."""

    async def refuse(*_asked: object) -> Never:
        raise Unavailable("index", "This process keeps no index.")

    return Engine(refuse, refuse, refuse)


@asynccontextmanager
async def server_engine(url: str, api_key: str, names: bytes) -> AsyncIterator[Engine]:
    """Open a Qdrant server; `names` is the deployment's 32-byte secret that hides which tenant a collection is of.

    Raises WeakServerKey for a key that could be guessed. A server that is down is no error here: requests that need it
    fail with Unavailable until it is back.
    """
    # Qdrant's client takes as long to import as all the rest: only who has a server waits for it.
    from tenancy.index.qdrant_calls import connecting  # noqa: PLC0415 - see above
    from tenancy.index.qdrant_jwt import ServerKey  # noqa: PLC0415 - see above
    from tenancy.index.server import Names, QdrantServer  # noqa: PLC0415 - see above

    server = QdrantServer(connecting(url), ServerKey(api_key), Names(names))
    watching = asyncio.create_task(server.watch())
    try:
        yield Engine(server.make, server.expel, server.sign)
    finally:
        server.stop_watching()
        await watching
        await server.close()
