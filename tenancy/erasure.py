"""End a tenant: refuse first, destroy next, prove last.

Every step can be repeated, so an erasure that was killed is taken up where it stood. Destroying the wrapping key is
what erases: whatever copy of the data exists anywhere, nothing opens it again. The audit stays, under its own key, and
of the ledger of calls the sums of each month, which are numbers.
"""

import asyncio
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import sqlalchemy as sa

from tenancy.crypto.revocation_log import Ending
from tenancy.custody import counts_of
from tenancy.errors import NotFound, ServiceError
from tenancy.foundation import Foundation
from tenancy.identity.operators import Operator
from tenancy.ids import ErasureId, TenantId, new_id, well_formed
from tenancy.keys.keyring import holder_of
from tenancy.keys.local import KeyDenied
from tenancy.keys.tenant_keys import Family
from tenancy.metering.rollup import keep_months
from tenancy.mint import Mint
from tenancy.stores import due, registry
from tenancy.stores.audit import AuditTrail
from tenancy.stores.databases.store import Transaction
from tenancy.stores.registry import TenantRow, TenantStatus
from tenancy.stores.schema import accounts, erasures, lanes, lookups, state, tenant_keys, tripwires

RETAINED: Final = ("audit", "state")
RETENTION_SECONDS: Final = 365 * 24 * 3600.0
ACCOUNTS_SECONDS: Final = 10 * 366 * 24 * 3600.0  # as long as books are kept by law in most places
USAGE_TOTALS: Final = "usage_totals"
BEST_EFFORT: Final = (
    "Blocks that a disk has remapped, and snapshots of the file system under the key folder, may still hold the key.",
    "With a copy of the key folder that somebody made, a copy of the data from before still opens.",
    "What was already sent to a model provider or a caller is theirs.",
)
"""What an erasure cannot promise, in the words of its receipt."""


class StillThere(ServiceError):
    """Something of an erased tenant is there after it was destroyed; no receipt is signed before it is gone."""

    code = "erasure_incomplete"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What an erasure destroyed, store by store; times in epoch seconds. `signature` is a JWS over all the rest.

    `reversible_until` is when the key provider can no longer bring the key back, None where it cannot at all.
    `leases_ended_by` is when no process anywhere holds an opened key any more, even one that was cut off meanwhile.
    """

    id: ErasureId
    tenant_id: TenantId
    state: str
    requested_at: float
    finished_at: float | None
    counts_before: Mapping[str, int]
    counts_after: Mapping[str, int]
    keys_destroyed: tuple[str, ...]
    retained: Mapping[str, float]
    signature: str | None
    reversible_until: float | None = None
    leases_ended_by: float | None = None
    best_effort: tuple[str, ...] = ()


async def request_erasure(mint: Mint, on: Foundation, operator: Operator, tenant: str, reason: str) -> ErasureId:
    """Refuse the tenant from now on and note that it is to be destroyed; the same erasure if it was asked before."""
    custody = await mint.custody(operator, tenant, reason)
    ending = on.ledger.latest("tenant", tenant)
    if ending is None or ending.kind != "tenant.erased":
        await _refuse(on, operator, TenantId(tenant), reason)
        erasure = new_id("era")
        ending = await asyncio.to_thread(on.ledger.append, "tenant.erased", tenant, tenant, erasure=erasure)
    return await _begin(on, ending, await custody.counts())


async def _refuse(on: Foundation, operator: Operator, tenant: TenantId, reason: str) -> None:
    """End what is under way by a new epoch, and say so in the audit where its key still opens."""
    try:
        keys = await on.keyring.open(tenant)
    except KeyDenied:
        keys = None
    head = None
    async with on.store.tenant(tenant, writes=True) as db:
        await db.execute(state.update().where(state.c.tenant_id == tenant).values(epoch=state.c.epoch + 1))
        if keys is not None:
            trail = AuditTrail(db, keys, operator.caller(reason))
            await trail.add("tenant.erased", tenant)
            head = trail.written
    await on.anchors.note(tenant, head, now=True)


async def _begin(on: Foundation, ending: Ending, counts: Mapping[str, int]) -> ErasureId:
    """Write the erasure that the ledger holds into the registry, once."""
    tenant, erasure = TenantId(ending.tenant), ErasureId(ending.data["erasure"])
    async with on.store.registry(writes=True) as db:
        query = sa.select(erasures.c.id).where(erasures.c.tenant_id == tenant)
        found = (await db.execute(query)).scalar_one_or_none()
        if found is not None:
            return ErasureId(found)
        row = await _row(db, tenant)
        await registry.update_tenant(db, replace(row, status=TenantStatus.ERASING, epoch=row.epoch + 1))
        await db.execute(
            erasures.insert().values(
                id=erasure, tenant_id=tenant, state="running", requested_at=ending.at,
                progress=json.dumps({"before": counts}),
            )
        )  # fmt: skip
        await due.mark_erasure(db, erasure, time.time())
    return erasure


async def _row(db: Transaction, tenant: TenantId) -> TenantRow:
    row = await registry.find_tenant(db, tenant)
    if row is None:
        raise NotFound
    return row


async def pending_erasures(on: Foundation) -> list[ErasureId]:
    """Return the erasures that are not finished.

    A registry older than the ledger (a backup put back, a crash between the two) may hold tenants whose end it does not
    know: theirs begin here.
    """
    endings = {TenantId(ending.tenant): ending for ending in on.ledger.entries("tenant.erased")}
    async with on.store.registry(writes=False) as db:
        begun = [row.id for row in await registry.find_tenants(db, list(endings), but=TenantStatus.ERASED)]
    for tenant in begun:
        await _begin(on, endings[tenant], await counts_of(on, tenant))
    async with on.store.registry(writes=False, single=True) as db:
        found = await db.execute(sa.select(erasures.c.id).where(erasures.c.state == "running"))
        return [ErasureId(each) for each in found.scalars()]


async def run_erasure(on: Foundation, erasure: ErasureId) -> Receipt:
    """Destroy what an erasure names, whatever of it is left, and sign the receipt; the same receipt ever after."""
    async with on.store.registry(writes=False) as db:
        found = (await db.execute(sa.select(erasures).where(erasures.c.id == erasure))).one()
    if found.receipt is not None:
        return _read(found.receipt)
    tenant = TenantId(found.tenant_id)
    # The data and match keys share one wrapping key; once it is gone nothing below matters for secrecy.
    await asyncio.to_thread(on.provider.destroy, holder_of(tenant, Family.DATA))
    await on.pool.expel(tenant)
    on.keyring.evict(tenant)
    await on.chats.evict(tenant)
    await keep_months(on, tenant, found.requested_at + ACCOUNTS_SECONDS)
    await on.store.purge(tenant, keep=RETAINED)
    await asyncio.to_thread(on.blobs.destroy, tenant)
    await asyncio.to_thread(on.deletions.destroy, tenant)
    await on.counters.forget(tenant)
    await _require_gone(on, tenant)
    async with on.store.registry(writes=True) as db:
        destroyed = await _clear_registry(db, tenant)
        kept = await _retained(db, found)
    # Counted again, now that the registry knows nothing of it: who wrote between the two would have been seen.
    receipt = _receipt(on, found, await _require_gone(on, tenant), destroyed, kept)
    async with on.store.registry(writes=True) as db:
        mine = erasures.update().where(erasures.c.id == erasure, erasures.c.receipt.is_(None))
        written = await db.execute(mine.values(state="done", receipt=json.dumps(asdict(receipt))))
        await due.remove(db, erasure)
        if written.rowcount == 1:
            return receipt
    return await read_erasure(on, erasure)  # another process finished it at the same moment: its receipt stands


async def _require_gone(on: Foundation, tenant: TenantId) -> Mapping[str, int]:
    """Return what a tenant has left, store by store; StillThere if that is more than what is retained."""
    counts = await counts_of(on, tenant)
    left = sorted(name for name, count in counts.items() if count and name not in RETAINED)
    if left or on.provider.exists(holder_of(tenant, Family.DATA)):
        raise StillThere(f"There still is something of the tenant in: {', '.join(left) or 'keys'}. It is tried again.")
    return counts


async def _clear_registry(db: Transaction, tenant: TenantId) -> tuple[str, ...]:
    """Blank the tenant's rows in the registry; return the key versions that are destroyed."""
    await db.execute(sa.delete(lookups).where(lookups.c.tenant_id == tenant))
    await due.remove_tenant(db, tenant)
    await db.execute(sa.delete(lanes).where(lanes.c.tenant_id == tenant))
    await db.execute(sa.delete(tripwires).where(tripwires.c.tenant_id == tenant))
    gone = sa.and_(tenant_keys.c.tenant_id == tenant, tenant_keys.c.family != Family.RETENTION)
    await db.execute(tenant_keys.update().where(gone).values(state="destroyed", wrapped=b""))
    row = await _row(db, tenant)
    blank = replace(row, status=TenantStatus.ERASED, name="", name_key=tenant, limits={}, mac=b"")
    await registry.update_tenant(db, blank)
    versions = sa.select(tenant_keys.c.family, tenant_keys.c.version).where(gone)
    return tuple(sorted(f"{key.family}.{key.version}" for key in await db.execute(versions)))


async def _retained(db: Transaction, found: sa.Row[tuple[Any, ...]]) -> dict[str, float]:
    """Return what is kept of an erased tenant, and until when."""
    months = sa.select(sa.func.max(accounts.c.kept_until)).where(accounts.c.tenant_id == found.tenant_id)
    until = (await db.execute(months)).scalar_one()
    own = {"audit": found.requested_at + RETENTION_SECONDS}
    return own if until is None else own | {USAGE_TOTALS: until}


def _receipt(
    on: Foundation,
    found: sa.Row[tuple[Any, ...]],
    after: Mapping[str, int],
    destroyed: tuple[str, ...],
    retained: Mapping[str, float],
) -> Receipt:
    now = time.time()
    receipt = Receipt(
        ErasureId(found.id), found.tenant_id, "done", found.requested_at, now,
        json.loads(found.progress)["before"], after, destroyed, retained, None,
        reversible_until=None,  # the key folder keeps nothing of a file that it has overwritten and removed
        leases_ended_by=now + on.keyring.expire, best_effort=BEST_EFFORT,
    )  # fmt: skip
    return replace(receipt, signature=on.operator_tokens.attest(asdict(receipt)))


def _read(text: str) -> Receipt:
    fields = json.loads(text)
    lists = {name: tuple(fields.get(name, ())) for name in ("keys_destroyed", "best_effort")}
    return Receipt(**(fields | lists))


async def read_erasure(on: Foundation, erasure: str) -> Receipt:
    """Return an erasure's receipt, unsigned while it runs; NotFound for an unknown id."""
    if not well_formed(erasure, "era"):
        raise NotFound
    async with on.store.registry(writes=False) as db:
        found = (await db.execute(sa.select(erasures).where(erasures.c.id == erasure))).one_or_none()
    if found is None:
        raise NotFound
    if found.receipt is not None:
        return _read(found.receipt)
    before = json.loads(found.progress)["before"]
    return Receipt(
        ErasureId(found.id), found.tenant_id, found.state, found.requested_at, None, before, {}, (), {}, None
    )
