"""End a tenant: refuse first, destroy next, prove last.

Every step can be repeated, so an erasure that was killed is taken up where it stood. Destroying the wrapping key is what
erases: whatever copy of the data exists anywhere, nothing opens it again. The audit trail stays, under its own key.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from tenancy.custody import Operator
from tenancy.errors import NotFound
from tenancy.foundation import Foundation
from tenancy.ids import ClientId, ErasureId, TenantId, new_id, well_formed
from tenancy.keys.keyring import holder_of
from tenancy.keys.tenant_keys import Family
from tenancy.mint import Mint
from tenancy.scope import Caller
from tenancy.stores import registry
from tenancy.stores.audit import AuditTrail
from tenancy.stores.registry import TenantRow, TenantStatus
from tenancy.stores.schema import erasures, lanes, lookups, tenant_keys
from tenancy.stores.schema import tenant as tenant_tables

RETAINED: Final = ("audit", "state")
RETENTION_SECONDS: Final = 365 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an erasure destroyed, store by store; times in epoch seconds. `signature` is a JWS over all the rest."""

    id: ErasureId
    tenant_id: str
    state: str
    requested_at: float
    finished_at: float | None
    counts_before: Mapping[str, int]
    counts_after: Mapping[str, int]
    keys_destroyed: tuple[str, ...]
    retained: Mapping[str, float]
    signature: str | None


async def request_erasure(mint: Mint, on: Foundation, operator: Operator, tenant: str, reason: str) -> ErasureId:
    """Refuse the tenant from now on and note that it is to be destroyed; the same erasure if it was asked before."""
    custody = await mint.custody(operator, tenant, reason)
    async with on.store.registry(writes=False) as db:
        known = sa.select(erasures.c.id).where(erasures.c.tenant_id == tenant)
        found = (await db.execute(known)).scalar_one_or_none()
    if found is not None:
        return ErasureId(found)
    counts = await custody.counts()
    await _note_in_audit(on, operator, TenantId(tenant), reason)
    erasure = ErasureId(new_id("era"))
    await asyncio.to_thread(on.ledger.append, "tenant.erased", tenant, tenant, erasure=erasure)
    async with on.store.registry(writes=True) as db:
        row = await _row(db, TenantId(tenant))
        await registry.update_tenant(db, replace(row, status=TenantStatus.ERASING, epoch=row.epoch + 1))
        await db.execute(
            erasures.insert().values(
                id=erasure, tenant_id=tenant, state="running", requested_at=time.time(),
                progress=json.dumps({"before": counts}),
            )
        )  # fmt: skip
    return erasure


async def _row(db: AsyncConnection, tenant: TenantId) -> TenantRow:
    row = await registry.find_tenant(db, tenant)
    if row is None:
        raise NotFound
    return row


async def _note_in_audit(on: Foundation, operator: Operator, tenant: TenantId, reason: str) -> None:
    keys = await on.keyring.open(tenant)
    caller = Caller(f"operator:{operator.subject}", ClientId(""), reason, frozenset())
    async with on.store.tenant(tenant, writes=True) as db:
        await AuditTrail(db, keys, caller).add("tenant.erased", tenant)


async def pending_erasures(on: Foundation) -> list[ErasureId]:
    """Return the erasures that are not finished, for a process that starts."""
    async with on.store.registry(writes=False) as db:
        found = await db.execute(sa.select(erasures.c.id).where(erasures.c.state == "running"))
        return [ErasureId(each) for each in found.scalars()]


async def run_erasure(on: Foundation, erasure: ErasureId) -> Receipt:
    """Destroy what an erasure names, whatever of it is left, and sign the receipt."""
    async with on.store.registry(writes=False) as db:
        found = (await db.execute(sa.select(erasures).where(erasures.c.id == erasure))).one()
    tenant = TenantId(found.tenant_id)
    await on.pool.park(tenant)
    on.keyring.evict(tenant)
    on.chats.evict(tenant)
    # The data and match keys share one wrapping key; once it is gone nothing below matters for secrecy.
    await asyncio.to_thread(on.provider.destroy, holder_of(tenant, Family.DATA))
    await on.store.purge(tenant, keep=RETAINED)
    await asyncio.to_thread(on.blobs.destroy, tenant)
    async with on.store.registry(writes=True) as db:
        await db.execute(sa.delete(lookups).where(lookups.c.tenant_id == tenant))
        await db.execute(sa.delete(lanes).where(lanes.c.tenant_id == tenant))
        gone = sa.and_(tenant_keys.c.tenant_id == tenant, tenant_keys.c.family != Family.RETENTION)
        await db.execute(tenant_keys.update().where(gone).values(state="destroyed", wrapped=b""))
        row = await _row(db, tenant)
        blank = replace(row, status=TenantStatus.ERASED, name="", name_key=tenant, mac=b"")
        await registry.update_tenant(db, blank)
    receipt = await _receipt(on, found, tenant)
    async with on.store.registry(writes=True) as db:
        text = json.dumps(asdict(receipt))
        await db.execute(erasures.update().where(erasures.c.id == erasure).values(state="done", receipt=text))
    return receipt


async def _receipt(on: Foundation, found: sa.Row[tuple[object, ...]], tenant: TenantId) -> Receipt:
    after = {}
    async with on.store.tenant(tenant, writes=False) as db:
        for table in tenant_tables.sorted_tables:
            query = sa.select(sa.func.count()).select_from(table).where(table.c.tenant_id == tenant)
            after[table.name] = int((await db.execute(query)).scalar_one())
    after["blobs"] = len(await asyncio.to_thread(on.blobs.list, tenant))
    now = time.time()
    destroyed = tuple(f"{family}.1" for family in Family if family is not Family.RETENTION)
    receipt = Receipt(
        ErasureId(found.id), tenant, "done", found.requested_at, now, json.loads(found.progress)["before"], after,
        destroyed, {"audit": found.requested_at + RETENTION_SECONDS}, None,
    )  # fmt: skip
    return replace(receipt, signature=on.operator_tokens.attest(asdict(receipt)))


async def read_erasure(on: Foundation, erasure: str) -> Receipt:
    """Return an erasure's receipt, unsigned while it runs; NotFound for an unknown id."""
    if not well_formed(erasure, "era"):
        raise NotFound
    async with on.store.registry(writes=False) as db:
        found = (await db.execute(sa.select(erasures).where(erasures.c.id == erasure))).one_or_none()
    if found is None:
        raise NotFound
    if found.receipt is not None:
        return Receipt(**json.loads(found.receipt))
    before = json.loads(found.progress)["before"]
    return Receipt(ErasureId(found.id), found.tenant_id, found.state, found.requested_at, None, before, {}, (), {}, None)
