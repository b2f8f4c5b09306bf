"""Which tenants' collections are awake, woken one flight at a time and parked when memory is wanted.

Rules this module enforces:

* A collection holds exactly what the sealed records say, up to the change number it has seen; whoever searches first
  brings it up to date.
* Awake bytes are bounded in all and for each tenant; the least recently used idle collection goes first.
* Whatever goes wrong while a collection changes drops it: a lost index is never lost data.
* Parking holds also against a wake that is under way: its collection serves who waits for it and nobody after.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol, final
from weakref import WeakValueDictionary

from tenancy.errors import Unavailable
from tenancy.ids import TenantId
from tenancy.index.awake import Awake, size_of
from tenancy.index.collection import Collection, CollectionLost, Shape
from tenancy.stores.chunks import Chunks

_DEAD_ALLOWED: Final = 1000  # points; below that a rebuild costs more than the dead ones do
MakeCollection = Callable[[TenantId, Shape], Awaitable[Collection]]
Expel = Callable[[TenantId], Awaitable[None]]


class Reader(Protocol):
    """Opens a read transaction on the chunks of one tenant."""

    def __call__(self) -> AbstractAsyncContextManager[Chunks]:
        """Return the transaction."""


@final
class AwakePool:
    """The awake collections of this process."""

    def __init__(
        self, make: MakeCollection, *, most_bytes: int, most_bytes_tenant: int, expel: Expel | None = None
    ) -> None:
        """Make collections with `make`; keep to the two bounds, in bytes; `expel` ends those of every other process."""
        self._make = make
        self._most = most_bytes
        self._most_tenant = most_bytes_tenant
        self._expel = expel
        self._awake: OrderedDict[TenantId, Awake] = OrderedDict()
        self._flights: WeakValueDictionary[TenantId, asyncio.Lock] = WeakValueDictionary()
        self._waking: dict[TenantId, Awake] = {}

    def tenants(self) -> list[TenantId]:
        """Return whose collections are awake, least recently used first."""
        return list(self._awake)

    def bytes(self) -> int:
        """Return the bytes that awake collections are reckoned to take."""
        return sum(awake.size for awake in self._awake.values())

    @asynccontextmanager
    async def using(self, tenant: TenantId, shape: Shape, change: int | None, read: Reader) -> AsyncIterator[Awake]:
        """Hold the tenant's collection, awake and containing every change up to `change` (None: the newest).

        CollectionLost passes through after the collection was dropped: asking again builds it afresh.
        """
        awake = await self._hold(tenant, shape, change, read)
        try:
            yield awake
        except CollectionLost:
            awake.broken = True
            await self._drop(tenant, awake)
            raise
        finally:
            await self._release(awake)

    async def _hold(self, tenant: TenantId, shape: Shape, change: int | None, read: Reader) -> Awake:
        while True:
            awake = await self._find_or_wake(tenant, shape, read)
            held = False
            try:
                if change is None or awake.change < change:
                    await self._catch_up(tenant, awake, read)
                held = not awake.broken  # somebody else's failure while this one waited: take a fresh one
            finally:
                if not held:
                    await self._release(awake)
            if held:
                return awake

    @staticmethod
    async def _release(awake: Awake) -> None:
        awake.users -= 1
        if awake.parked and awake.users == 0:
            await awake.collection.close()

    async def _find_or_wake(self, tenant: TenantId, shape: Shape, read: Reader) -> Awake:
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
            awake = await self._wake(tenant, shape, read)
            awake.users += 1
            if not awake.parked:
                self._awake[tenant] = awake
        await self._make_room()
        return awake

    async def _wake(self, tenant: TenantId, shape: Shape, read: Reader) -> Awake:
        awake = Awake(await self._make(tenant, shape))
        self._waking[tenant] = awake
        complete = False
        try:
            await self._apply(awake, read)
            complete = True
        finally:
            del self._waking[tenant]
            if not complete:
                await awake.collection.close()
        return awake

    async def _catch_up(self, tenant: TenantId, awake: Awake, read: Reader) -> None:
        async with awake.updating:
            if awake.broken:
                return
            complete = False
            try:
                complete = await self._apply(awake, read)
            finally:
                awake.broken = not complete
                if awake.broken or awake.dead > max(_DEAD_ALLOWED, awake.total):
                    # Half changed, or more dead points than live ones: the next request builds it afresh.
                    await self._drop(tenant, awake)
        await self._make_room()

    async def _apply(self, awake: Awake, read: Reader) -> bool:
        """Take in what changed; False when its ciphertexts are of a key that is about to go, so it is built afresh."""
        async with read() as chunks:
            changes = await chunks.changes_since(awake.change)
            if 0 < awake.change < changes.resealed:
                return False
            fresh = await chunks.load(changes.published)
        if fresh or changes.removed:
            awake.revision += 1
            for document in changes.removed:
                await awake.drop(document)
            if awake.size + sum(map(size_of, fresh)) > self._most_tenant:
                raise Unavailable("index", "This tenant's documents need more index memory than one tenant may use.")
            await awake.take(fresh)
            awake.revision += 1
        awake.change = changes.change
        return True

    async def _make_room(self) -> None:
        for tenant in list(self._awake)[:-1]:  # never the one used last
            if self.bytes() <= self._most:
                return
            awake = self._awake.get(tenant)
            if awake is not None and awake.users == 0:
                await self._drop(tenant, awake)

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
            await awake.collection.close()
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
