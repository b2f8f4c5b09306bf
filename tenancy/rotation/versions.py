"""The versions of a tenant's keys as the registry keeps them: a new one is made known, then seals; an old one ends."""

import asyncio
import secrets

import sqlalchemy as sa

from tenancy.errors import NotFound
from tenancy.foundation import Foundation
from tenancy.ids import TenantId
from tenancy.keys.keyring import holder_of, label_of
from tenancy.keys.tenant_keys import Family
from tenancy.sealing import KEY_BYTES
from tenancy.stores import registry
from tenancy.stores.databases.store import Transaction
from tenancy.stores.registry import TenantStatus
from tenancy.stores.schema import tenant_keys, tenants

_ALIVE = frozenset({TenantStatus.ACTIVE, TenantStatus.SUSPENDED})


async def data_versions(on: Foundation, tenant: TenantId) -> dict[int, str]:
    """Return the state of each version of the tenant's data key."""
    async with on.store.registry(writes=False) as db:
        mine = sa.and_(tenant_keys.c.tenant_id == tenant, tenant_keys.c.family == Family.DATA)
        found = await db.execute(sa.select(tenant_keys.c.version, tenant_keys.c.state).where(mine))
        return {row.version: row.state for row in found}


async def rewrap(on: Foundation, tenant: TenantId, version: int) -> None:
    """Wrap every key of the tenant under wrapping keys of that version, made if they are not there; no data is read."""
    for holder in sorted({holder_of(tenant, family) for family in Family}):
        await asyncio.to_thread(on.provider.renew, holder, version)
    async with on.store.registry(writes=False) as db:
        known = await registry.wrapped_keys(db, tenant)
    for key in known:
        holder, label = holder_of(tenant, key.family), label_of(key.family, key.version)
        root = await asyncio.to_thread(on.provider.unwrap, holder, label, key.wrapped)
        anew = await asyncio.to_thread(on.provider.wrap, holder, label, root)
        async with on.store.registry(writes=True) as db:
            await _require_alive(db, tenant)
            mine = _one(tenant, key.family, key.version)
            await db.execute(
                tenant_keys.update().where(mine, tenant_keys.c.wrapped == key.wrapped).values(wrapped=anew)
            )


async def announce(on: Foundation, tenant: TenantId, version: int) -> None:
    """Make a data key that opens and does not seal yet, unless it is there."""
    holder, label = holder_of(tenant, Family.DATA), label_of(Family.DATA, version)
    wrapped = await asyncio.to_thread(on.provider.wrap, holder, label, secrets.token_bytes(KEY_BYTES))
    async with on.store.registry(writes=True) as db:
        await _require_alive(db, tenant)
        if (await db.execute(sa.select(tenant_keys).where(_one(tenant, Family.DATA, version)))).first() is None:
            values = {"tenant_id": tenant, "family": Family.DATA, "version": version, "state": "decrypt-only"}
            await db.execute(tenant_keys.insert().values(values | {"wrapped": wrapped}))


async def activate(on: Foundation, tenant: TenantId, version: int) -> None:
    """Let that version of the data key seal from now on, and every other only open."""
    async with on.store.registry(writes=True) as db:
        await _require_alive(db, tenant)
        mine = sa.and_(tenant_keys.c.tenant_id == tenant, tenant_keys.c.family == Family.DATA)
        other = sa.and_(mine, tenant_keys.c.state == "active", tenant_keys.c.version != version)
        await db.execute(tenant_keys.update().where(other).values(state="decrypt-only"))
        await db.execute(tenant_keys.update().where(_one(tenant, Family.DATA, version)).values(state="active"))


async def destroy_before(on: Foundation, tenant: TenantId, version: int) -> None:
    """Blank every version of the data key before that one."""
    async with on.store.registry(writes=True) as db:
        await _require_alive(db, tenant)
        mine = sa.and_(tenant_keys.c.tenant_id == tenant, tenant_keys.c.family == Family.DATA)
        older = sa.and_(mine, tenant_keys.c.version < version)
        await db.execute(tenant_keys.update().where(older).values(state="destroyed", wrapped=b""))


def _one(tenant: TenantId, family: Family, version: int) -> sa.ColumnElement[bool]:
    mine = sa.and_(tenant_keys.c.tenant_id == tenant, tenant_keys.c.family == family)
    return sa.and_(mine, tenant_keys.c.version == version)


async def _require_alive(db: Transaction, tenant: TenantId) -> None:
    """Raise NotFound for a tenant that is being erased: its keys are that erasure's affair."""
    query = sa.select(tenants.c.status).where(tenants.c.id == tenant).with_for_update()
    if (await db.execute(query)).scalar_one_or_none() not in _ALIVE:
        raise NotFound
