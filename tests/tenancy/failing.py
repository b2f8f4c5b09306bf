"""Parts of a deployment that fail on the n-th call, the way a full disk or a dead connection does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tenancy.errors import Unavailable
from tenancy.ids import TenantId
from tenancy.keys.local import KeyUnreachable, LocalKeys
from tenancy.stores.databases.store import Store, Transaction


class Fuse:
    """Counts calls and fails the one it is set to, before or after its work was done; 0 is never."""

    def __init__(self) -> None:
        self.calls = 0
        self.fails_at = 0

    def arm(self, fails_at: int) -> None:
        self.calls, self.fails_at = 0, fails_at

    def burn(self) -> bool:
        self.calls += 1
        return self.calls == self.fails_at


class FailingStore:
    """A record store behind a fuse: a transaction may fail at its beginning and just before its end."""

    def __init__(self, inner: Store, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def _burn(self) -> None:
        if self._fuse.burn():
            raise Unavailable("records", "The disk is full.")

    async def start(self) -> None:
        await self._inner.start()

    async def close(self) -> None:
        await self._inner.close()

    @asynccontextmanager
    async def registry(self, *, writes: bool, single: bool = False) -> AsyncIterator[Transaction]:
        self._burn()
        async with self._inner.registry(writes=writes, single=single) as db:
            yield db
            self._burn()

    @asynccontextmanager
    async def tenant(self, tenant: TenantId, *, writes: bool, single: bool = False) -> AsyncIterator[Transaction]:
        self._burn()
        async with self._inner.tenant(tenant, writes=writes, single=single) as db:
            yield db
            self._burn()

    async def listed(self) -> dict[str, float]:
        self._burn()
        return await self._inner.listed()

    async def create(self, tenant: TenantId) -> None:
        self._burn()
        await self._inner.create(tenant)
        self._burn()

    async def destroy(self, tenant: TenantId) -> None:
        await self._inner.destroy(tenant)

    async def purge(self, tenant: TenantId, *, keep: tuple[str, ...]) -> None:
        self._burn()
        await self._inner.purge(tenant, keep=keep)
        self._burn()


class FailingKeys(LocalKeys):
    """A key folder behind a fuse."""

    def __init__(self, folder: Path, fuse: Fuse) -> None:
        super().__init__(folder)
        self._fuse = fuse

    def _burn(self) -> None:
        if self._fuse.burn():
            raise KeyUnreachable("keys", "The key folder is out of reach.")

    def create(self, holder: str) -> None:
        self._burn()
        super().create(holder)
        self._burn()

    def wrap(self, holder: str, label: str, key: bytes) -> bytes:
        self._burn()
        return super().wrap(holder, label, key)

    def renew(self, holder: str, version: int) -> None:
        self._burn()
        super().renew(holder, version)
        self._burn()

    def destroy(self, holder: str) -> bool:
        gone = super().destroy(holder)
        self._burn()
        return gone
