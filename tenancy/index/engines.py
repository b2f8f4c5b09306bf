"""The two engines that hold awake collections, opened and closed with the process."""

import asyncio
import os
import resource
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Never

from tenancy.errors import Unavailable
from tenancy.ids import TenantId
from tenancy.index.collection import Shape
from tenancy.index.embedded import EmbeddedCollection
from tenancy.index.folder import IndexFolder
from tenancy.index.pool import Expel, Lacks, MakeCollection, endless

_MAPS: Final = 32
"""Memory maps of an open shard: 19 were counted at 20 points, 28 with its filter index, 34 at 50,000 points."""
_FALLBACK: Final = 65_530  # maps: what Linux allows where nobody set vm.max_map_count


@dataclass(frozen=True, slots=True)
class Engine:
    """What a pool of awake collections needs; `check` raises Unavailable when the engine does not answer.

    `lacks` tells how many bytes must become free before some more fit in, `most` how many collections it can hold.
    """

    make: MakeCollection
    expel: Expel
    check: Callable[[], Awaitable[None]]
    lacks: Lacks = endless
    most: int = sys.maxsize


@asynccontextmanager
async def embedded_engine(root: Path, *, accept_disk: bool) -> AsyncIterator[Engine]:
    """Open Qdrant's engine in this process, below `root`; IndexOnDisk where that is not memory."""
    folder = IndexFolder(root, accept_disk=accept_disk)

    async def make(_tenant: TenantId, shape: Shape) -> EmbeddedCollection:
        return await EmbeddedCollection.create(await asyncio.to_thread(folder.fresh), shape.dimension)

    async def expel(_tenant: TenantId) -> None:
        """Do nothing: other processes' shards are theirs, and their doors refuse the tenant."""

    try:
        yield Engine(make, expel, folder.answer, folder.lacks, most_collections())
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


def most_collections() -> int:
    """Return how many shards may be open at once: half of the maps and threads that this process may have.

    Beyond `vm.max_map_count` (proc_sys_vm(5)), or a limit on threads, the next allocation of anybody in the process
    fails; the other half is for the rest of it. A shard has one thread.
    """
    maps = _number(Path("/proc/sys/vm/max_map_count"))
    return max(1, min((maps or _FALLBACK) // _MAPS, *_threads()) // 2)


def _threads() -> Iterator[int]:
    """Give every limit on threads that is known: of the user, the system and the control groups (pids.max)."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if soft != resource.RLIM_INFINITY and os.geteuid() != 0:  # it does not bind root (setrlimit(2))
        yield soft
    yield from _known(Path("/proc/sys/kernel/threads-max"))
    groups = Path("/proc/self/cgroup")
    for line in groups.read_text(encoding="utf-8").splitlines() if groups.exists() else ():
        _, controllers, path = line.split(":", 2)
        if controllers in {"", "pids"}:
            root = Path("/sys/fs/cgroup") / controllers
            inner = root / path.lstrip("/")
            for folder in (inner, *inner.parents):
                yield from _known(folder / "pids.max")


def _known(path: Path) -> Iterator[int]:
    number = _number(path)
    if number is not None:
        yield number


def _number(path: Path) -> int | None:
    """Return the number in a file of the kernel's; None where there is no such file, or no bound (`max`)."""
    try:
        said = path.read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return int(said) if said.isdigit() else None
