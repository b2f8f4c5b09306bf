"""Which tenants' collections are awake, woken one flight at a time and parked when memory is wanted.

Rules this module enforces:

* A collection holds exactly what the sealed records say, up to the change number it has seen; whoever searches first brings it up to date.
* Awake bytes are bounded in all and for each tenant; the least recently used idle collection goes first.
* Whatever goes wrong while a collection changes drops it: a lost index is never lost data.
"""

import asyncio
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Final, Protocol, final

from tenancy.errors import Unavailable
from tenancy.ids import ChunkId, DocumentId, TenantId, VersionId
from tenancy.index.collection import Collection
from tenancy.stores.chunks import Chunks, IndexedVersion

_POINT_OVERHEAD: Final = 700  # bytes: engine bookkeeping, identifiers, base64; measured on the embedded engine
MakeCollection = Callable[[TenantId, int], Awaitable[Collection]]


class Reader(Protocol):
    """Opens a read transaction on the chunks of one tenant."""

    def __call__(self) -> AbstractAsyncContextManager[Chunks]:
        """Return the transaction."""


@dataclass(slots=True)
class _Member:
    version: VersionId
    chunks: tuple[ChunkId, ...]
    frequencies: dict[int, int]
    size: int


@dataclass(slots=True)
class Awake:
    """One awake collection with what ranking needs beside it."""

    collection: Collection
    change: int = 0
    members: dict[DocumentId, _Member] = field(default_factory=dict)
    frequencies: Counter[int] = field(default_factory=Counter)
    total: int = 0
    dead: int = 0
    size: int = 0
    users: int = 0
    parked: bool = False
    updating: asyncio.Lock = field(default_factory=asyncio.Lock)

    def current(self, version: VersionId, document: DocumentId) -> bool:
        """Tell whether a found chunk belongs to the version that answers."""
        member = self.members.get(document)
        return member is not None and member.version == version

    async def take(self, version: IndexedVersion) -> None:
        """Put a version in and its predecessor out."""
        await self.collection.put(version)
        await self.drop(version.document)
        size = sum(len(chunk.body) * 4 // 3 + _POINT_OVERHEAD for chunk in version.chunks)
        size += version.matrix.vectors.nbytes + 8 * len(version.matrix.ids)
        ids = tuple(chunk.id for chunk in version.chunks)
        self.members[version.document] = _Member(version.version, ids, version.frequencies, size)
        self.frequencies.update(version.frequencies)
        self.total += len(ids)
        self.size += size

    async def drop(self, document: DocumentId) -> None:
        """Put a document out, wholly."""
        member = self.members.pop(document, None)
        if member is None:
            return
        self.frequencies.subtract(member.frequencies)
        self.total -= len(member.chunks)
        self.dead += len(member.chunks)
        self.size -= member.size
        await self.collection.remove(member.chunks)


@final
class AwakePool:
    """The awake collections of this process."""

    def __init__(self, make: MakeCollection, *, most_bytes: int, most_bytes_tenant: int) -> None:
        """Make collections with `make`; keep to the two bounds, in bytes."""
        self._make = make
        self._most = most_bytes
        self._most_tenant = most_bytes_tenant
        self._awake: OrderedDict[TenantId, Awake] = OrderedDict()
        self._flights: dict[TenantId, asyncio.Lock] = {}

    def tenants(self) -> list[TenantId]:
        """Return whose collections are awake, least recently used first."""
        return list(self._awake)

    def bytes(self) -> int:
        """Return the bytes that awake collections are reckoned to take."""
        return sum(awake.size for awake in self._awake.values())

    @asynccontextmanager
    async def using(self, tenant: TenantId, dimension: int, change: int | None, read: Reader) -> AsyncIterator[Awake]:
        """Hold the tenant's collection, awake and containing every change up to `change` (None: the newest)."""
        awake = await self._find_or_wake(tenant, dimension, read)
        awake.users += 1
        try:
            if change is None or awake.change < change:
                await self._catch_up(tenant, awake, read)
            yield awake
        finally:
            awake.users -= 1
            if awake.parked and awake.users == 0:
                await awake.collection.close()

    async def _find_or_wake(self, tenant: TenantId, dimension: int, read: Reader) -> Awake:
        if tenant not in self._awake:
            async with self._flights.setdefault(tenant, asyncio.Lock()):
                if tenant not in self._awake:
                    self._awake[tenant] = await self._wake(tenant, dimension, read)
                    await self._make_room()
        self._awake.move_to_end(tenant)
        return self._awake[tenant]

    async def _wake(self, tenant: TenantId, dimension: int, read: Reader) -> Awake:
        awake = Awake(await self._make(tenant, dimension))
        complete = False
        try:
            await self._apply(awake, read)
            complete = True
        finally:
            if not complete:
                await awake.collection.close()
        return awake

    async def _catch_up(self, tenant: TenantId, awake: Awake, read: Reader) -> None:
        complete = False
        try:
            async with awake.updating:
                await self._apply(awake, read)
            complete = True
        finally:
            if not complete or awake.dead > max(1000, awake.total):
                # Half changed, or more dead points than live ones: the next request builds it afresh.
                await self.park(tenant)

    async def _apply(self, awake: Awake, read: Reader) -> None:
        async with read() as chunks:
            changes = await chunks.changes_since(awake.change)
            fresh = await chunks.load(changes.published)
        for document in changes.removed:
            await awake.drop(document)
        for version in fresh:
            await awake.take(version)
        if awake.size > self._most_tenant:
            raise Unavailable("index", "This tenant's documents need more index memory than one tenant may use.")
        awake.change = changes.change

    async def _make_room(self) -> None:
        for tenant in list(self._awake)[:-1]:  # never the one just used
            if self.bytes() <= self._most:
                return
            if self._awake[tenant].users == 0:
                await self.park(tenant)

    async def park(self, tenant: TenantId) -> bool:
        """Drop the tenant's collection, at once or with its last reader; False when it was not awake."""
        awake = self._awake.pop(tenant, None)
        self._flights.pop(tenant, None)
        if awake is None:
            return False
        awake.parked = True
        if awake.users == 0:
            await awake.collection.close()
        return True

    async def close(self) -> None:
        """Park every tenant."""
        for tenant in list(self._awake):
            await self.park(tenant)
