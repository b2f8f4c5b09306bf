"""A record store that counts how often it is opened and asked, and does what a test says before it is."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import sqlalchemy as sa

from tenancy.ids import TenantId
from tenancy.stores.databases.store import Parameters, Store, Transaction


async def _pass(_tenant: TenantId | None) -> None:
    """Let it be opened."""


class _Counted:
    """A transaction whose statements a store counts."""

    def __init__(self, inner: Transaction, store: "WatchedStore") -> None:
        self._inner = inner
        self._store = store

    async def execute(
        self, statement: sa.Executable, parameters: Parameters | None = None
    ) -> sa.CursorResult[*tuple[Any, ...]]:
        self._store.statements += 1
        return await self._inner.execute(statement, parameters)


class WatchedStore:
    """A store in front of which something may happen; None stands for the registry."""

    def __init__(self, inner: Store, before: Callable[[TenantId | None], Awaitable[None]] = _pass) -> None:
        self._inner = inner
        self.before = before
        self.tenants = 0
        self.registries = 0
        self.statements = 0

    async def start(self) -> None:
        await self._inner.start()

    async def close(self) -> None:
        await self._inner.close()

    @asynccontextmanager
    async def registry(self, *, writes: bool, single: bool = False) -> AsyncIterator[Transaction]:
        self.registries += 1
        await self.before(None)
        async with self._inner.registry(writes=writes, single=single) as db:
            yield _Counted(db, self)

    @asynccontextmanager
    async def tenant(self, tenant: TenantId, *, writes: bool, single: bool = False) -> AsyncIterator[Transaction]:
        self.tenants += 1
        await self.before(tenant)
        async with self._inner.tenant(tenant, writes=writes, single=single) as db:
            yield db

    async def listed(self) -> dict[str, float]:
        return await self._inner.listed()

    async def create(self, tenant: TenantId) -> None:
        await self._inner.create(tenant)

    async def destroy(self, tenant: TenantId) -> None:
        await self._inner.destroy(tenant)

    async def purge(self, tenant: TenantId, *, keep: tuple[str, ...]) -> None:
        await self._inner.purge(tenant, keep=keep)
