"""Which tenants' collections are awake, woken one flight at a time and parked when memory is wanted.

Rules this module enforces:

* A collection holds exactly what the sealed records say, up to the change number it has seen; whoever searches first
  brings it up to date.
* Awake bytes are bounded in all and for each tenant, and so is the number of collections: before one is made or takes
  more in, the least recently used idle one goes. Nobody is refused for want of memory while an idle one is left.
* A tenant without chunks has no collection.
* Whatever goes wrong while a collection changes drops it: a lost index is never lost data.
* Parking holds also against a wake that is under way: its collection serves who waits for it and nobody after.
"""

import asyncio
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol, final
from weakref import WeakValueDictionary

from tenancy.errors import Unavailable
from tenancy.ids import TenantId
from tenancy.index.awake import Awake, size_of
from tenancy.index.collection import Collection, CollectionLost, Shape
from tenancy.stores.chunks import Chunks, IndexedVersion

_DEAD_ALLOWED: Final = 1000  # points; below that a rebuild costs more than the dead ones do
_AT_FIRST: Final = 2_300_000  # bytes that a collection may take beside its chunks: the embedded engine's filter index
MakeCollection = Callable[[TenantId, Shape], Awaitable[Collection]]
Secret = bytes  # inside the class that word is one of its methods
Expel = Callable[[TenantId], Awaitable[None]]
Lacks = Callable[[int], int]
"""Tells how many bytes must become free before so many more fit into the memory that collections are in."""


def endless(_coming: int) -> int:
    """Stand for memory that is not this machine's."""
    return 0


class Reader(Protocol):
    """Opens a read transaction on the chunks of one tenant."""

    def __call__(self) -> AbstractAsyncContextManager[Chunks]:
        """Return the transaction."""


@final
class AwakePool:
    """The awake collections of this process."""

    def __init__(
        self,
        make: MakeCollection,
        *,
        most_bytes: int,
        most_bytes_tenant: int,
        most: int = sys.maxsize,
        lacks: Lacks = endless,
        expel: Expel | None = None,
    ) -> None:
        """Make collections with `make`, `most` at once; keep to the two bounds, in bytes, and to the memory there is.

        `lacks` tells how much of it is missing; `expel` ends those of every other process.
        """
        self._make = make
        self._most_bytes = most_bytes
        self._most_bytes_tenant = most_bytes_tenant
        self._most = most
        self._lacks = lacks
        self._expel = expel
        self._open = 0  # collections, those included that were parked and are still read
        self._coming = 0  # bytes that are being put in
        self._awake: OrderedDict[TenantId, Awake] = OrderedDict()
        self._flights: WeakValueDictionary[TenantId, asyncio.Lock] = WeakValueDictionary()
        self._waking: dict[TenantId, Awake] = {}

    def tenants(self) -> list[TenantId]:
        """Return whose collections are awake, least recently used first."""
        return list(self._awake)

    def bytes(self) -> int:
        """Return the bytes that awake collections take."""
        return sum(awake.size for awake in self._awake.values())

    async def answer(self) -> None:
        """Return when a tenant can be woken, be it in another's place; Unavailable when memory is short without us."""
        if not self._awake and self._lacks(0) > 0:
            raise _full()

    @asynccontextmanager
    async def using(self, tenant: TenantId, rotation: Secret, change: int | None, read: Reader) -> AsyncIterator[Awake]:
        """Hold the tenant's collection, awake and containing every change up to `change` (None: the newest).

        `rotation` is the tenant's secret for an engine that others may look into.

        CollectionLost passes through after the collection was dropped: asking again builds it afresh.
        """
        awake = await self._hold(tenant, rotation, change, read)
        try:
            yield awake
        except CollectionLost:
            awake.broken = True
            await self._drop(tenant, awake)
            raise
        finally:
            await self._release(awake)

    async def _hold(self, tenant: TenantId, rotation: Secret, change: int | None, read: Reader) -> Awake:
        while True:
            awake = await self._find_or_wake(tenant, rotation, read)
            held = False
            try:
                if change is None or awake.change < change:
                    await self._catch_up(tenant, rotation, awake, read)
                held = not awake.broken  # somebody else's failure while this one waited: take a fresh one
            finally:
                if not held:
                    await self._release(awake)
            if held:
                return awake

    async def _release(self, awake: Awake) -> None:
        awake.users -= 1
        if awake.parked and awake.users == 0:
            await self._close(awake)

    async def _close(self, awake: Awake) -> None:
        if awake.collection is not None:
            self._open -= 1
            await awake.collection.close()

    async def _find_or_wake(self, tenant: TenantId, rotation: Secret, read: Reader) -> Awake:
        """Return the tenant's collection with its user counted, so that nobody parks it under them."""
        flight = self._flights.get(tenant)
        if flight is None:
            flight = self._flights[tenant] = asyncio.Lock()
        async with flight:
            awake = self._awake.get(tenant)
            if awake is not None:
                awake.users += 1
                self._awake.move_to_end(tenant)
                return awake
            awake = await self._wake(tenant, rotation, read)
            awake.users += 1
            awake.parked = awake.parked or awake.collection is None  # an empty tenant's is not kept
            if not awake.parked:
                self._awake[tenant] = awake
            return awake

    async def _wake(self, tenant: TenantId, rotation: Secret, read: Reader) -> Awake:
        awake = self._waking[tenant] = Awake()
        complete = False
        try:
            await self._apply(tenant, rotation, awake, read)
            await self._evict_for(awake.size)
            complete = True
        finally:
            del self._waking[tenant]
            if not complete:
                await self._close(awake)
        return awake

    async def _catch_up(self, tenant: TenantId, rotation: Secret, awake: Awake, read: Reader) -> None:
        async with awake.updating:
            if awake.broken:
                return
            complete = False
            try:
                complete = await self._apply(tenant, rotation, awake, read)
            finally:
                awake.broken = not complete
                if awake.broken or awake.total == 0 or awake.dead > max(_DEAD_ALLOWED, awake.total):
                    # Half changed, emptied, or more dead points than live ones: the next request builds it afresh.
                    await self._drop(tenant, awake)
        await self._evict_for(0)

    async def _apply(self, tenant: TenantId, rotation: Secret, awake: Awake, read: Reader) -> bool:
        """Take in what changed; False where all must be read again: its key is about to go, or it has new vectors."""
        async with read() as chunks:
            changes = await chunks.changes_since(awake.change)
            if 0 < awake.change < changes.resealed:
                return False
            fresh = await chunks.load(changes.published, changes.embedder)
        if fresh or changes.removed:
            awake.revision += 1
            for document in changes.removed:
                await awake.drop(document)
            await self._take(tenant, rotation, awake, fresh)
            awake.revision += 1
        awake.change, awake.embedder = changes.change, changes.embedder
        return True

    async def _take(self, tenant: TenantId, rotation: Secret, awake: Awake, fresh: Sequence[IndexedVersion]) -> None:
        """Take versions in once there is room, into a collection that is made for the first chunk."""
        if not fresh:
            return
        coming = sum(map(size_of, fresh))
        if awake.size + coming > self._most_bytes_tenant:
            raise Unavailable("index", "This tenant's documents need more index memory than one tenant may use.")
        makes = awake.collection is None
        taking = coming + _AT_FIRST
        self._coming += taking
        self._open += makes
        try:
            await self._evict_for(coming)
            await self._make_room()
            if makes:
                awake.collection = await self._make(tenant, Shape(fresh[0].matrix.vectors.shape[1], rotation))
            await awake.take(fresh)
        finally:
            self._coming -= taking
            if makes and awake.collection is None:
                self._open -= 1

    async def _make_room(self) -> None:
        """Evict until what is coming fits; Unavailable where it would not with all idle ones gone, which then stay."""
        idle = [awake.size for awake in self._awake.values() if awake.users == 0]
        if self._open - len(idle) > self._most or self._lacks(self._coming) > sum(idle):
            raise _full()
        if not await self._evict_until(lambda: self._open <= self._most and self._lacks(self._coming) <= 0):
            raise _full()  # others took meanwhile what became free

    async def _evict_for(self, coming: int) -> None:
        """Keep to the bound on bytes as far as idle collections go: what is in use stays, however much it is."""
        await self._evict_until(lambda: self.bytes() + coming <= self._most_bytes)

    async def _evict_until(self, fits: Callable[[], bool]) -> bool:
        """Park idle collections, the least recently used first; False where it does not fit with all of them gone."""
        while not fits():
            idle = next((tenant for tenant, awake in self._awake.items() if awake.users == 0), None)
            if idle is None:
                return False
            await self.park(idle)
        return True

    async def _drop(self, tenant: TenantId, awake: Awake) -> None:
        if self._awake.get(tenant) is awake:
            await self.park(tenant)

    async def park(self, tenant: TenantId) -> bool:
        """Drop the tenant's collection, at once or with its last reader; False when it was not awake."""
        awake = self._awake.pop(tenant, None) or self._waking.get(tenant)
        if awake is None:
            return False
        awake.parked = True
        if awake.users == 0 and tenant not in self._waking:
            await self._close(awake)
        return True

    async def expel(self, tenant: TenantId) -> None:
        """Park the tenant, and end its collections that other processes made; Unavailable when that cannot be shown."""
        await self.park(tenant)
        if self._expel is not None:
            await self._expel(tenant)

    async def close(self) -> None:
        """Park every tenant."""
        for tenant in list(self._awake):
            await self.park(tenant)


def _full() -> Unavailable:
    return Unavailable("index", "There is not enough memory to wake this tenant's index.")
