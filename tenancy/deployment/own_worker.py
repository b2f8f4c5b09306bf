"""Confine a process to one tenant of plan `dedicated`: its lane, its records and its keys, and nobody else's.

Rules this module enforces:

* Who is served is decided once, by the operators' registry, before the first key is opened.
* The key provider of a confined process opens no other tenant's keys, and its store no other tenant's records,
  whoever asks for them.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import final

import sqlalchemy as sa

from tenancy.errors import Invalid, NotFound
from tenancy.ids import LaneRef, TenantId, well_formed
from tenancy.keys.local import LocalKeys
from tenancy.provision import name_key
from tenancy.queue.groups import DEDICATED
from tenancy.stores import registry
from tenancy.stores.databases.store import Store, Transaction
from tenancy.stores.schema import tenants


class NoOwnWorker(Invalid):
    """There is no such tenant, or its plan gives it no worker of its own."""

    code = "no_own_worker"


@dataclass(frozen=True, slots=True)
class Confined:
    """What a process of one tenant's stands on; `lane` is where its jobs wait."""

    store: Store
    keys: LocalKeys
    lane: LaneRef


async def confined(store: Store, key_folder: Path, named: str) -> Confined:
    """Return the tenant with the id or name `named`, and nobody else's; NoOwnWorker where there is no such plan."""
    async with store.registry(writes=False) as db:
        known = tenants.c.id == named if well_formed(named, "ten") else tenants.c.name_key == name_key(named)
        row = (await db.execute(sa.select(tenants.c.id, tenants.c.plan).where(known))).one_or_none()
        lane = None if row is None else await registry.lane_of(db, TenantId(row.id))
    if row is None or lane is None:
        raise NoOwnWorker(f"There is no tenant with the id or name {named!r}. `bulkhead tenant list` shows all.")
    if row.plan != DEDICATED:
        raise NoOwnWorker(f"The tenant's plan is {row.plan}: every worker serves it. Give it the plan {DEDICATED}.")
    tenant = TenantId(row.id)
    return Confined(OwnStore(store, tenant), LocalKeys(key_folder, only=tenant), lane)


@final
class OwnStore:
    """A store that shows the registry and one tenant's records; all others are NotFound."""

    def __init__(self, store: Store, tenant: TenantId) -> None:
        """Confine `store` to the tenant's records."""
        self._store = store
        self._tenant = tenant

    async def start(self) -> None:
        """Create or migrate what is missing."""
        await self._store.start()

    async def close(self) -> None:
        """Give back every connection."""
        await self._store.close()

    def registry(self, *, writes: bool, single: bool = False) -> AbstractAsyncContextManager[Transaction]:
        """Open one short transaction on the registry."""
        return self._store.registry(writes=writes, single=single)

    @asynccontextmanager
    async def tenant(self, tenant: TenantId, *, writes: bool, single: bool = False) -> AsyncIterator[Transaction]:
        """Open one short transaction on the tenant's records; NotFound for any other tenant's."""
        self._require(tenant)
        async with self._store.tenant(tenant, writes=writes, single=single) as transaction:
            yield transaction

    async def listed(self) -> dict[str, float]:
        """Return the tenant alone, if its records can be seen."""
        return {tenant: since for tenant, since in (await self._store.listed()).items() if tenant == self._tenant}

    async def create(self, tenant: TenantId) -> None:
        """Make room for the tenant; NotFound for any other."""
        self._require(tenant)
        await self._store.create(tenant)

    async def destroy(self, tenant: TenantId) -> None:
        """Remove what `create` made; NotFound for any other tenant's."""
        self._require(tenant)
        await self._store.destroy(tenant)

    async def purge(self, tenant: TenantId, *, keep: tuple[str, ...]) -> None:
        """Remove the tenant's rows but those of the tables in `keep`; NotFound for any other tenant's."""
        self._require(tenant)
        await self._store.purge(tenant, keep=keep)

    def _require(self, tenant: TenantId) -> None:
        if tenant != self._tenant:
            raise NotFound
